// VHD on disk, as Microsoft's Virtual Hard Disk Image Format Specification 1.0 has it. Integers are
// big-endian; a sector has 512 bytes.
//
//   fixed          the disk, footer
//   dynamic        footer (a copy), header, allocation table, blocks, footer
//   differencing   the same, and in its header the parent that has what its blocks have not
//
// Programs before Virtual PC 2004 wrote a footer of 511 bytes behind: its last one is missing.
//
// The table's entry of a block is the sector that the block begins at in the file, or kVhdNoBlock.
// A block is a bitmap, filled up to whole sectors, and its data; in a differencing disk a sector
// whose bit is 0 is the parent's. Bit 7 of the first byte is the first sector's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "hashing/endian.h"

namespace tintype {

inline constexpr std::string_view kVhdCookie = "conectix";
inline constexpr std::string_view kVhdHeaderCookie = "cxsparse";
inline constexpr std::uint32_t kVhdFixed = 2, kVhdDynamic = 3, kVhdDifferencing = 4;
inline constexpr std::uint32_t kVhdSectorBytes = 512;
inline constexpr std::uint32_t kVhdNoBlock = 0xFFFFFFFF;

struct VhdFooter {
  char cookie[8];                     // +0x00  kVhdCookie
  Be<std::uint32_t> features;         // +0x08
  Be<std::uint32_t> version;          // +0x0C  0x00010000
  Be<std::uint64_t> header_offset;    // +0x10  all ones in a fixed disk
  Be<std::uint32_t> timestamp;        // +0x18
  char creator[4];                    // +0x1C
  Be<std::uint32_t> creator_version;  // +0x20
  char creator_host[4];               // +0x24
  Be<std::uint64_t> original_bytes;   // +0x28
  Be<std::uint64_t> current_bytes;    // +0x30  size of the disk
  Be<std::uint16_t> cylinders;        // +0x38
  std::uint8_t heads;                 // +0x3A
  std::uint8_t sectors_per_track;     // +0x3B
  Be<std::uint32_t> type;             // +0x3C  kVhdFixed…
  Be<std::uint32_t> checksum;         // +0x40
  std::uint8_t unique_id[16];         // +0x44
  std::uint8_t saved_state;           // +0x54
  std::uint8_t reserved[427];         // +0x55
};
static_assert(sizeof(VhdFooter) == 512 && offsetof(VhdFooter, checksum) == 0x40);

struct VhdHeader {
  char cookie[8];                      // +0x000  kVhdHeaderCookie
  Be<std::uint64_t> next_offset;       // +0x008  all ones
  Be<std::uint64_t> table_offset;      // +0x010
  Be<std::uint32_t> version;           // +0x018  0x00010000
  Be<std::uint32_t> blocks;            // +0x01C  entries of the table
  Be<std::uint32_t> block_bytes;       // +0x020  2 MiB as a rule
  Be<std::uint32_t> checksum;          // +0x024
  std::uint8_t parent_id[16];          // +0x028  the parent's unique_id
  Be<std::uint32_t> parent_timestamp;  // +0x038
  Be<std::uint32_t> reserved;          // +0x03C
  Be<std::uint16_t> parent_name[256];  // +0x040  UTF-16
  struct Locator {
    char platform[4];            // +0x00  "W2ru": a relative path, UTF-16LE
    Be<std::uint32_t> space;     // +0x04
    Be<std::uint32_t> length;    // +0x08  bytes
    Be<std::uint32_t> reserved;  // +0x0C
    Be<std::uint64_t> offset;    // +0x10  in the file
  } locators[8];                 // +0x240
  std::uint8_t reserved2[256];   // +0x300
};
static_assert(sizeof(VhdHeader) == 1024 && offsetof(VhdHeader, locators) == 0x240);

inline constexpr std::size_t kVhdShortFooterBytes = 511;

// The footer that a file ends in, whose last bytes are `tail`: 512 of them, or the whole of a
// smaller file. A sound one of 511 bytes is filled up; else the last 512 bytes, or zeros.
[[nodiscard]] VhdFooter vhd_footer_of(std::span<const std::byte> tail) noexcept;
// How many bytes it has: 511 or 512.
[[nodiscard]] std::size_t vhd_footer_bytes(std::span<const std::byte> tail) noexcept;
[[nodiscard]] bool has_cookie(const VhdFooter& footer) noexcept;
// Cookie and checksum are right. (What it says may still be nonsense.)
[[nodiscard]] bool is_sound(const VhdFooter& footer) noexcept;
// The same; but there are programs that enter a parent and leave the checksum as it was without.
[[nodiscard]] bool is_sound(const VhdHeader& header) noexcept;

}  // namespace tintype
