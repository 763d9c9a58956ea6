// The image on disk. This header is the specification: a stranger could write a reader from it.
// FORMAT.md tells the same story with pictures.
//
// An image is a sequence of LZ4 frames and LZ4 skippable frames ("LZ4 Frame Format Description",
// version 1.6.x, https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), so `lz4 -t` tests
// it and `lz4 -dc` unpacks it:
//
//   image    = header, { zeros | chunk }, [ zeros ], sections, padding, footer
//   header   = HeaderFrame                                 skippable, at offset 0
//   zeros    = RecordFrame "ZERO"                          skippable
//   chunk    = RecordFrame "CHNK" with padding             skippable
//              Lz4FrameHead, payload, EndMark (32 bits 0)  an LZ4 frame of one block
//   sections = { SectionFrame with data }                  skippable, kinds in kSectionKinds' order
//   padding  = SectionFrame "PADD" with zeros              skippable
//   footer   = FooterFrame                                 skippable, the last bytes of the file
//
// There is one way to write a given sequence of records, and a reader accepts no other:
//   * Records are in volume order, without a gap, from 0 to volume_bytes. Two runs of zeros never
//     stand side by side (they are one run).
//   * Each frame follows the one before it at once. A "CHNK" frame is padded with zeros by the
//     least number of bytes that puts the chunk's payload at a multiple of 4096.
//   * A section is cut into frames of kSectionFrameDataBytesMax (the last one shorter); an empty
//     section has no frame. The padding is the least that makes the file a multiple of 4096.
// So the records determine every byte of the file except the payloads and the epilogue's content.
//
// Integers are little-endian. Reserved bytes and unknown flag bits are zero, and a reader refuses
// an image where they are not: it would not know what it misses. Digests are XXH3 with seed 0.
//
// For ever, in every version: the first 0x18 bytes of header and footer mean what they mean here,
// and both are 256 bytes long with the check in the last eight, so that any version can say
// "made by a newer version" and mean it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "engine/image/chunk_bytes.h"
#include "hashing/endian.h"
#include "hashing/xxh3.h"

namespace tintype::image {

inline constexpr std::uint32_t kFormatVersion = 1;

inline constexpr std::uint64_t kVolumeBytesMax = (1ULL << 63) - 1;  // offsets are valid off_t
inline constexpr std::uint32_t kSectorBytesMin = 512;
inline constexpr std::uint32_t kSectorBytesMax = 64 << 10;

// --- LZ4 -----------------------------------------------------------------------------------------

inline constexpr std::uint32_t kLz4Magic = 0x184D2204;
// 0x184D2A50 … 0x184D2A5F are free for users; the last digits of ours make the letter 'T'.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A54;

// FLG: bits 7-6 version 01, bit 5 blocks are independent, bit 3 content size present. No block
// checksum (bit 4), content checksum (2) or dictionary (0): the record has stronger digests.
inline constexpr std::uint8_t kLz4Flg = 0b0110'1000;
inline constexpr std::uint32_t kLz4BlockStoredPlain = 0x8000'0000;  // high bit of the block size
inline constexpr std::uint32_t kLz4EndMark = 0;

// BD: bits 6-4 say the largest block: 4, 5, 6, 7 for 64 KiB, 256 KiB, 1 MiB, 4 MiB.
[[nodiscard]] constexpr std::uint8_t lz4_bd(std::uint32_t chunk_bytes) noexcept {
  std::uint32_t code = 4;
  for (std::uint32_t block_bytes = 64 << 10; block_bytes < chunk_bytes; block_bytes <<= 2) ++code;
  return static_cast<std::uint8_t>(code << 4);
}

struct Lz4FrameHead {
  le32 magic;          // +0x00  kLz4Magic
  std::uint8_t flg;    // +0x04  kLz4Flg
  std::uint8_t bd;     // +0x05  lz4_bd(chunk size of the image)
  le64 content_bytes;  // +0x06  plain bytes of the chunk
  std::uint8_t hc;     // +0x0E  second byte of XXH32 over FLG, BD, content size
  le32 block_bytes;    // +0x0F  payload that follows; high bit: the payload is the plain bytes
};
static_assert(sizeof(Lz4FrameHead) == 0x13 && offsetof(Lz4FrameHead, block_bytes) == 0x0F);
static_assert(offsetof(Lz4FrameHead, content_bytes) == 0x06 && offsetof(Lz4FrameHead, hc) == 0x0E);

// --- header --------------------------------------------------------------------------------------

using FourCc = std::array<char, 4>;
using Text8 = std::array<char, 8>;

// ^Z: shown on a console, an image ends here.
inline constexpr Text8 kText = {'T', 'I', 'N', 'T', 'Y', 'P', 'E', '\x1A'};

inline constexpr std::uint32_t kHeaderStock = 1;  // no runs of zeros: `lz4 -dc` is the volume

struct HeaderFrame {
  le32 magic;                      // +0x00  kSkippableMagic
  le32 body_bytes;                 // +0x04  0xF8: what follows
  Text8 text;                      // +0x08  kText
  le32 format_version;             // +0x10  1
  le32 flags;                      // +0x14  kHeader…
  le64 volume_bytes;               // +0x18  at most kVolumeBytesMax; a multiple of nothing
  le32 chunk_bytes;                // +0x20  power of two, kChunkBytesMin … Max
  le32 sector_bytes;               // +0x24  of the volume: power of two, kSectorBytesMin … Max
  std::array<le64, 4> parent;      // +0x28  zero; room for the set that "same as" refers to
  std::array<le64, 8> encryption;  // +0x48  zero; room for an encryption envelope
  std::array<le64, 14> reserved;   // +0x88  zero
  le64 check;                      // +0xF8  XXH3-64 of the 0xF8 bytes before
};
static_assert(sizeof(HeaderFrame) == 0x100 && offsetof(HeaderFrame, format_version) == 0x10);
static_assert(offsetof(HeaderFrame, volume_bytes) == 0x18);
static_assert(offsetof(HeaderFrame, chunk_bytes) == 0x20 && offsetof(HeaderFrame, parent) == 0x28);
static_assert(offsetof(HeaderFrame, encryption) == 0x48 && offsetof(HeaderFrame, reserved) == 0x88);
static_assert(offsetof(HeaderFrame, check) == 0xF8);

// --- records -------------------------------------------------------------------------------------

struct DiskDigest128 {
  le64 low;   // +0x00
  le64 high;  // +0x08
};

inline constexpr FourCc kChunkKind = {'C', 'H', 'N', 'K'};
inline constexpr FourCc kZerosKind = {'Z', 'E', 'R', 'O'};

// Stands on its own: with its check and its own place in the file it can be trusted wherever it is
// found, and a record of an image inside the image (a payload stored plain) is told apart, because
// that one is not where it says.
struct RecordFrame {
  le32 magic;                  // +0x00  kSkippableMagic
  le32 body_bytes;             // +0x04  what follows, padding included
  FourCc kind;                 // +0x08  kChunkKind, kZerosKind
  le32 flags;                  // +0x0C  kRecord… in image_layout.h
  le64 file_offset;            // +0x10  of this frame
  le64 volume_offset;          // +0x18
  le64 plain_bytes;            // +0x20  1 … chunk size; of a run 1 …
  le32 stored_bytes;           // +0x28  payload: fewer than plain_bytes, or equal if stored plain
  le32 reserved;               // +0x2C  zero
  DiskDigest128 plain_digest;  // +0x30  XXH3-128 of the plain bytes; of a run zero
  le64 stored_digest;          // +0x40  XXH3-64 of the payload as stored; of a run zero
  le64 check;                  // +0x48  XXH3-64 of the 0x48 bytes before
};                             // +0x50  padding, zeros
static_assert(sizeof(RecordFrame) == 0x50 && offsetof(RecordFrame, kind) == 0x08);
static_assert(offsetof(RecordFrame, file_offset) == 0x10);
static_assert(offsetof(RecordFrame, volume_offset) == 0x18);
static_assert(offsetof(RecordFrame, stored_bytes) == 0x28);
static_assert(offsetof(RecordFrame, plain_digest) == 0x30 && offsetof(RecordFrame, check) == 0x48);

// --- sections ------------------------------------------------------------------------------------

inline constexpr std::size_t kSectionCount = 6;
enum Section : std::size_t { kIndex, kCaptured, kUnreadable, kVolumeName, kFilesystem, kReport };
inline constexpr std::array<FourCc, kSectionCount> kSectionKinds = {{
    {'I', 'N', 'D', 'X'},  // IndexEntry…, one a record
    {'C', 'A', 'P', 'T'},  // ExtentEntry…: captured ranges of the volume, sorted, not touching
    {'U', 'N', 'R', 'D'},  // ExtentEntry…: ranges the medium did not give, sorted, not touching
    {'N', 'A', 'M', 'E'},  // UTF-8: the volume's name
    {'F', 'S', 'Y', 'S'},  // UTF-8: "ntfs", "ext4"; empty if unknown
    {'R', 'E', 'P', 'T'},  // UTF-8 JSON: findings
}};
inline constexpr FourCc kPaddingKind = {'P', 'A', 'D', 'D'};

struct SectionFrame {
  le32 magic;       // +0x00  kSkippableMagic
  le32 body_bytes;  // +0x04  8 + data
  FourCc kind;      // +0x08  kSectionKinds, kPaddingKind
  le32 part;        // +0x0C  0, 1, 2… within the section
};                  // +0x10  data
static_assert(sizeof(SectionFrame) == 0x10 && offsetof(SectionFrame, part) == 0x0C);

struct IndexEntry {
  le64 volume_offset;          // +0x00  this and the others as in the record
  le64 plain_bytes;            // +0x08
  le64 payload_offset;         // +0x10  in the file, a multiple of 4096; of a run zero
  le32 stored_bytes;           // +0x18
  le32 flags;                  // +0x1C
  DiskDigest128 plain_digest;  // +0x20
  le64 stored_digest;          // +0x30
};
static_assert(sizeof(IndexEntry) == 0x38 && offsetof(IndexEntry, plain_digest) == 0x20);

struct ExtentEntry {
  le64 offset;  // +0x00  in the volume
  le64 length;  // +0x08  not zero
};
static_assert(sizeof(ExtentEntry) == 0x10);

// 16,384 index entries or 57,344 extents: no entry is ever cut in two.
inline constexpr std::size_t kSectionFrameDataBytesMax = 16384 * sizeof(IndexEntry);
static_assert(kSectionFrameDataBytesMax % sizeof(ExtentEntry) == 0);
inline constexpr std::uint64_t kTextSectionBytesMax = 64 << 10;  // name, file system
inline constexpr std::uint64_t kReportSectionBytesMax = 256ULL << 20;

// --- footer --------------------------------------------------------------------------------------

inline constexpr FourCc kFooterKind = {'F', 'O', 'O', 'T'};
inline constexpr std::uint32_t kFooterAllBlocks = 1;  // free space was captured too

struct SectionPlace {
  le64 offset;  // +0x00  of its first frame in the file; where that would be if it is empty
  le64 bytes;   // +0x08  data, without frame heads
};

// The tail of the file begins where the last payload ends (at 0 if there is none): EndMark (or
// header), run of zeros if the volume ends with one, sections, padding. One digest covers it all.
struct FooterFrame {
  le32 magic;                                        // +0x00  kSkippableMagic
  le32 body_bytes;                                   // +0x04  0xF8
  FourCc kind;                                       // +0x08  kFooterKind
  le32 flags;                                        // +0x0C  kFooter…
  le32 format_version;                               // +0x10  as in the header
  le32 reserved_a;                                   // +0x14  zero
  le64 file_bytes;                                   // +0x18  of the whole image
  le64 tail_offset;                                  // +0x20  end of the last payload
  le64 record_count;                                 // +0x28
  std::array<SectionPlace, kSectionCount> sections;  // +0x30
  DiskDigest128 tail_digest;     // +0x90  XXH3-128 from tail_offset to this frame
  DiskDigest128 content_digest;  // +0xA0  XXH3-128 over ContentEntry…, see below
  le64 header_check;             // +0xB0  check of this image's header
  std::array<le64, 7> reserved;  // +0xB8  zero
  Text8 text;                    // +0xF0  kText
  le64 check;                    // +0xF8  XXH3-64 of the 0xF8 bytes before
};
static_assert(sizeof(FooterFrame) == 0x100 && offsetof(FooterFrame, file_bytes) == 0x18);
static_assert(offsetof(FooterFrame, sections) == 0x30);
static_assert(offsetof(FooterFrame, tail_digest) == 0x90);
static_assert(offsetof(FooterFrame, header_check) == 0xB0);
static_assert(offsetof(FooterFrame, text) == 0xF0 && offsetof(FooterFrame, check) == 0xF8);

// What the content digest is made of: one a chunk that is not all zeros, in volume order. Nothing
// depends on how a chunk is stored, or on whether zeros are runs or frames.
struct ContentEntry {
  le64 volume_offset;          // +0x00
  le64 plain_bytes;            // +0x08
  DiskDigest128 plain_digest;  // +0x10
};
static_assert(sizeof(ContentEntry) == 0x20);

template <class T>
inline constexpr bool kIsPacked =
    std::has_unique_object_representations_v<T>&& std::is_trivially_copyable_v<T> &&
    alignof(T) == 1;  // no padding to leak, and readable at any address
static_assert(kIsPacked<Lz4FrameHead> && kIsPacked<HeaderFrame> && kIsPacked<RecordFrame> &&
              kIsPacked<SectionFrame> && kIsPacked<IndexEntry> && kIsPacked<ExtentEntry> &&
              kIsPacked<FooterFrame> && kIsPacked<ContentEntry>);

// --- helpers -------------------------------------------------------------------------------------

// The check of a frame that ends with one.
template <class Frame>
[[nodiscard]] std::uint64_t check_of(const Frame& frame) noexcept {
  static_assert(kIsPacked<Frame> && offsetof(Frame, check) == sizeof(Frame) - sizeof(le64));
  return xxh3_64(std::as_bytes(std::span(&frame, 1)).first(offsetof(Frame, check)));
}

[[nodiscard]] DiskDigest128 to_disk(const Digest128& digest) noexcept;
[[nodiscard]] Digest128 from_disk(const DiskDigest128& digest) noexcept;
// Second byte of XXH32 over FLG, BD and content size.
[[nodiscard]] std::uint8_t lz4_header_check(const Lz4FrameHead& head) noexcept;

}  // namespace tintype::image
