// VHDX on disk, as MS-VHDX has it. Integers are little-endian; what lies behind the first MiB
// begins at whole MiB.
//
//   0        "vhdxfile"
//   64 KiB   header; another at 128 KiB: the sound one with the higher sequence number holds
//   192 KiB  region table; another at 256 KiB: where the metadata and the block table (BAT) lie
//   1 MiB…   log, metadata, block table, blocks
//
// The log is a ring of entries, which begin at any 4 KiB of it. An entry is a header, descriptors
// of 32 bytes, and from the next 4 KiB on a sector of 4 KiB for each data descriptor. What the
// entries between the newest one's tail and itself describe may not have reached its place yet.
//
// The block table has 64 bits for each block, and behind those of each chunk (2^23 sectors of the
// disk) one entry for the chunk's sector bitmap: in a differencing disk a sector of a partially
// present block is the parent's if its bit is 0. Bit 0 of the first byte is the first sector's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hashing/endian.h"

namespace tintype {

// As it lies on disk: of the text's five groups the first three are little-endian.
using VhdxGuid = std::array<std::uint8_t, 16>;

// "8B7CA206-4790-4B9A-B8FE-575F050F886E", in braces or not, in capitals or not. Zeros for anything
// else.
[[nodiscard]] constexpr VhdxGuid vhdx_guid(std::string_view text) noexcept {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return {};
  constexpr std::array<std::uint8_t, 16> kPlaces{6,  4,  2,  0,  11, 9,  16, 14,
                                                 19, 21, 24, 26, 28, 30, 32, 34};
  VhdxGuid guid{};
  for (std::size_t i = 0; i < guid.size(); ++i) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      const char c = text[kPlaces[i] + k];
      const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!is_letter && (c < '0' || c > '9')) return {};
      value = value * 16 + static_cast<unsigned>(is_letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    guid[i] = static_cast<std::uint8_t>(value);
  }
  return guid;
}

inline constexpr std::string_view kVhdxSignature = "vhdxfile";
inline constexpr std::uint64_t kVhdxUnitBytes = 1 << 20;
inline constexpr std::size_t kVhdxHeaderBytes = 4096, kVhdxRegionTableBytes = 64 << 10;
inline constexpr std::uint64_t kVhdxHeaderOffsets[] = {64 << 10, 128 << 10};
inline constexpr std::uint64_t kVhdxRegionTableOffsets[] = {192 << 10, 256 << 10};
inline constexpr std::uint32_t kVhdxTableEntriesMax = 2047;

struct VhdxHeader {
  char signature[4];              // +0x00  "head"
  Le<std::uint32_t> checksum;     // +0x04  CRC-32C of 4 KiB, this being zero
  Le<std::uint64_t> sequence;     // +0x08
  VhdxGuid file_write_id;         // +0x10
  VhdxGuid data_write_id;         // +0x20  what a child knows its parent by
  VhdxGuid log_id;                // +0x30  zeros: nothing to replay
  Le<std::uint16_t> log_version;  // +0x40  0
  Le<std::uint16_t> version;      // +0x42  1
  Le<std::uint32_t> log_bytes;    // +0x44
  Le<std::uint64_t> log_offset;   // +0x48
};
static_assert(sizeof(VhdxHeader) == 0x50 && offsetof(VhdxHeader, log_id) == 0x30);

struct VhdxRegionTable {
  char signature[4];           // +0x00  "regi"
  Le<std::uint32_t> checksum;  // +0x04  CRC-32C of 64 KiB, this being zero
  Le<std::uint32_t> entries;   // +0x08  follow
  Le<std::uint32_t> reserved;  // +0x0C
};
static_assert(sizeof(VhdxRegionTable) == 16);

struct VhdxRegion {
  VhdxGuid id;                 // +0x00
  Le<std::uint64_t> offset;    // +0x10
  Le<std::uint32_t> bytes;     // +0x18
  Le<std::uint32_t> required;  // +0x1C  1: who does not know it may not open the file
};
static_assert(sizeof(VhdxRegion) == 32);

inline constexpr VhdxGuid kVhdxBlockTable = vhdx_guid("2DC27766-F623-4200-9D64-115E9BFD4A08");
inline constexpr VhdxGuid kVhdxMetadata = vhdx_guid("8B7CA206-4790-4B9A-B8FE-575F050F886E");

struct VhdxMetadataTable {
  char signature[8];           // +0x00  "metadata"
  Le<std::uint16_t> reserved;  // +0x08
  Le<std::uint16_t> entries;   // +0x0A  follow
  std::uint8_t reserved2[20];  // +0x0C
};
static_assert(sizeof(VhdxMetadataTable) == 32);

inline constexpr std::size_t kVhdxMetadataTableBytes = 64 << 10;
inline constexpr std::uint32_t kVhdxItemBytesMax = 1 << 20;
inline constexpr std::uint32_t kVhdxIsUser = 1, kVhdxIsRequired = 4;  // of flags

struct VhdxMetadataItem {
  VhdxGuid id;                 // +0x00
  Le<std::uint32_t> offset;    // +0x10  in the region, behind the table
  Le<std::uint32_t> bytes;     // +0x14
  Le<std::uint32_t> flags;     // +0x18
  Le<std::uint32_t> reserved;  // +0x1C
};
static_assert(sizeof(VhdxMetadataItem) == 32);

inline constexpr VhdxGuid kVhdxFileParameters = vhdx_guid("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
inline constexpr VhdxGuid kVhdxDiskBytes = vhdx_guid("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
inline constexpr VhdxGuid kVhdxDiskId = vhdx_guid("BECA12AB-B2E6-4523-93EF-C309E000C746");
inline constexpr VhdxGuid kVhdxSectorBytes = vhdx_guid("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
inline constexpr VhdxGuid kVhdxPhysicalSector = vhdx_guid("CDA348C7-445D-4471-9CC9-E9885251C556");
inline constexpr VhdxGuid kVhdxParentLocator = vhdx_guid("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

struct VhdxFileParameters {
  Le<std::uint32_t> block_bytes;  // +0x00
  Le<std::uint32_t> flags;        // +0x04
};
static_assert(sizeof(VhdxFileParameters) == 8);
inline constexpr std::uint32_t kVhdxHasParent = 2;  // of flags

struct VhdxLocator {
  VhdxGuid type;               // +0x00
  Le<std::uint16_t> reserved;  // +0x10
  Le<std::uint16_t> entries;   // +0x12  follow
};
static_assert(sizeof(VhdxLocator) == 20);
inline constexpr VhdxGuid kVhdxLocatorType = vhdx_guid("B04AEFB7-D19E-4A81-B789-25B8E9445913");

struct VhdxLocatorEntry {
  Le<std::uint32_t> key_offset, value_offset;  // in the item
  Le<std::uint16_t> key_bytes, value_bytes;    // UTF-16
};
static_assert(sizeof(VhdxLocatorEntry) == 12);

// An entry of the block table: the state, and where the block lies, in MiB from the 20th bit on.
inline constexpr std::uint64_t kVhdxStateMask = 7;
enum class VhdxBlock : std::uint8_t {
  not_present = 0,  // the parent's, or zeros
  undefined = 1,
  zero = 2,
  unmapped = 3,
  unmapped_old = 5,  // by the draft of the format
  present = 6,       // also of a sector bitmap
  partially_present = 7,
};

inline constexpr std::size_t kVhdxLogSectorBytes = 4096;

struct VhdxLogEntry {
  char signature[4];                // +0x00  "loge"
  Le<std::uint32_t> checksum;       // +0x04  CRC-32C of the entry, this being zero
  Le<std::uint32_t> bytes;          // +0x08  whole sectors
  Le<std::uint32_t> tail;           // +0x0C  where in the log the oldest entry lies that is needed
  Le<std::uint64_t> sequence;       // +0x10  one more than the entry before
  Le<std::uint32_t> descriptors;    // +0x18  follow
  Le<std::uint32_t> reserved;       // +0x1C
  VhdxGuid log_id;                  // +0x20
  Le<std::uint64_t> flushed_bytes;  // +0x30  as long as this the file was on the disk
  Le<std::uint64_t> last_bytes;     // +0x38  as long as this it has to be
};
static_assert(sizeof(VhdxLogEntry) == 64 && offsetof(VhdxLogEntry, log_id) == 0x20);

struct VhdxDescriptor {
  char signature[4];              // +0x00  "desc", or "zero"
  Le<std::uint32_t> trailing;     // +0x04  desc: the sector's last 4 bytes
  Le<std::uint64_t> leading;      // +0x08  desc: its first 8; zero: how many bytes
  Le<std::uint64_t> file_offset;  // +0x10
  Le<std::uint64_t> sequence;     // +0x18  the entry's
};
static_assert(sizeof(VhdxDescriptor) == 32);

struct VhdxDataSector {
  char signature[4];                // +0x000  "data"
  Le<std::uint32_t> sequence_high;  // +0x004
  std::byte data[4084];             // +0x008
  Le<std::uint32_t> sequence_low;   // +0xFFC
};
static_assert(sizeof(VhdxDataSector) == kVhdxLogSectorBytes);

}  // namespace tintype
