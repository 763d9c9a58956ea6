// Windows shadow copies as they lie on an NTFS volume: the structures of the volume snapshot
// service's own provider. Source: the format description of libvshadow, checked against volumes
// that Windows wrote.
//
//   volume header (at 7680) -> catalog -> for each shadow copy its store:
//   store header, block list, range list (not read here), bitmaps
//
// Everything but the volume header lies in blocks of 16 KiB that begin with a VssBlockHeader; the
// blocks of one kind are a chain. Every offset is one on the volume.
#pragma once

#include <array>
#include <cstddef>

#include "hashing/endian.h"

namespace tintype {

inline constexpr std::uint64_t kVssVolumeHeaderOffset = 0x1E00;
// The unit of everything: of metadata, of what is kept before it is overwritten, of the bitmaps.
inline constexpr std::uint64_t kVssBlockBytes = 16384;
inline constexpr std::uint64_t kVssOverlaySectorBytes = kVssBlockBytes / 32;  // a bit of a bitmap
inline constexpr unsigned kVssShadowCopiesMax = 512;  // a volume, by Windows' own limit

using VssGuid = std::array<std::byte, 16>;
// {3808876b-c176-4e48-b7ae-04046e6cc752}, in front of every structure.
inline constexpr std::array<unsigned char, 16> kVssIdentifier{
    0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52};

enum class VssRecord : std::uint32_t {
  volume_header = 1,
  catalog = 2,
  block_list = 3,
  store_header = 4,
  bitmap = 6,
};

struct VssVolumeHeader {
  std::array<unsigned char, 16> identifier;  // +0
  le32 version;                              // +16  1: Vista, 7; 2: 8 and later
  le32 record;                               // +20
  le64 offset;                               // +24  its own
  le64 reserved[2];                          // +32
  le64 catalog_offset;                       // +48  0: there are no shadow copies
  le64 bytes_max;                            // +56
};
static_assert(sizeof(VssVolumeHeader) == 64 && alignof(VssVolumeHeader) == 1);

struct VssBlockHeader {
  std::array<unsigned char, 16> identifier;  // +0
  le32 version;                              // +16
  le32 record;                               // +20
  le64 relative_offset;                      // +24  within the catalog or the store
  le64 offset;                               // +32  its own
  le64 next_offset;                          // +40  0: the last one
  le64 info_bytes;                           // +48  of a store header
  std::byte reserved[72];                    // +56
};
static_assert(sizeof(VssBlockHeader) == 128 && alignof(VssBlockHeader) == 1);

// A catalog block is an array of these; the first field says which one it is.
inline constexpr std::size_t kVssCatalogEntryBytes = 128;
inline constexpr std::uint64_t kVssEntryShadowCopy = 2;
inline constexpr std::uint64_t kVssEntryStore = 3;

struct VssShadowCopyEntry {
  le64 type;          // +0   kVssEntryShadowCopy
  le64 volume_bytes;  // +8
  VssGuid store_id;   // +16
  le64 sequence;      // +32
  le64 flags;         // +40
  le64 created;       // +48  FILETIME: units of 100 ns since 1601
};
static_assert(sizeof(VssShadowCopyEntry) == 56);

struct VssStoreEntry {
  le64 type;                    // +0   kVssEntryStore
  le64 block_list_offset;       // +8
  VssGuid store_id;             // +16  of the shadow copy it belongs to
  le64 header_offset;           // +32
  le64 range_list_offset;       // +40
  le64 bitmap_offset;           // +48
  le64 file_reference;          // +56
  le64 allocated_bytes;         // +64
  le64 previous_bitmap_offset;  // +72  0: none
};
static_assert(sizeof(VssStoreEntry) == 80);

// Behind a store header's VssBlockHeader. Two machine names follow.
struct VssStoreInfo {
  VssGuid unknown_id;      // +0
  VssGuid shadow_copy_id;  // +16
  VssGuid set_id;          // +32
  le32 type;               // +48
  le32 provider;           // +52
  le32 attributes;         // +56
};
static_assert(sizeof(VssStoreInfo) == 60);

struct VssBlockDescriptor {
  le64 original_offset;  // +0   which block of the volume it is about
  le64 relative_offset;  // +8   within the store; of a forwarder, where the block was moved to
  le64 store_offset;     // +16  where the old content is kept; of a forwarder 0
  le32 flags;            // +24
  le32 overlay_bitmap;   // +28  which sectors an overlay holds, the lowest bit the first one
};
static_assert(sizeof(VssBlockDescriptor) == 32 && alignof(VssBlockDescriptor) == 1);

// The other flags say how a block came into being; they do not change what it means.
inline constexpr std::uint32_t kVssForwarder = 1;
inline constexpr std::uint32_t kVssOverlay = 2;
inline constexpr std::uint32_t kVssNotUsed = 4;

}  // namespace tintype
