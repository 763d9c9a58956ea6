// A master boot record's partition table as it lies on disk, and the chain of extended boot records
// in which logical partitions are kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hashing/endian.h"
#include "io/volume/volume.h"

namespace tintype {

struct MbrEntry {
  std::uint8_t boot;       // 0x80 active, 0x00 not
  std::byte chs_first[3];  // geometry of the past: not read
  std::uint8_t type;
  std::byte chs_last[3];
  le32 first_lba;
  le32 sectors;  // 0: not used
  [[nodiscard]] bool used() const noexcept { return sectors != 0; }
  [[nodiscard]] bool extended() const noexcept {
    return type == 0x05 || type == 0x0F || type == 0x85;
  }
};
static_assert(sizeof(MbrEntry) == 16);
inline constexpr std::size_t kMbrBytes = 512;
inline constexpr std::size_t kMbrEntriesOffset = 0x1BE;
inline constexpr std::size_t kMbrDiskIdOffset = 0x1B8;
inline constexpr std::uint8_t kMbrTypeProtective = 0xEE;  // "here is a GPT"
inline constexpr unsigned kLogicalPartitionsMax = 128;

using MbrEntries = std::array<MbrEntry, 4>;
// Nothing if the sector's last two bytes are no boot signature.
[[nodiscard]] std::optional<MbrEntries> mbr_entries(std::span<const std::byte> sector) noexcept;

// A file system's boot sector has the same signature and code where a table would lie. This one is
// FAT's, exFAT's or NTFS's.
[[nodiscard]] bool is_filesystem_boot_sector(std::span<const std::byte> sector) noexcept;

struct MbrPartition {
  unsigned number = 0;  // 1 to 4, logical ones from 5
  std::uint8_t type = 0;
  bool extended = false;
  std::uint64_t first_lba = 0;  // of the disk
  std::uint64_t sectors = 0;
};
struct MbrTable {
  std::vector<MbrPartition> partitions;  // by number
  std::vector<std::uint64_t> links;      // sectors of the chain of logical ones
  std::string problem;                   // of that chain; "" if it has none
};
// Nothing if the sector holds no table in which anything is used.
[[nodiscard]] std::optional<MbrTable> read_mbr(const Volume& disk, std::uint32_t sector_bytes,
                                               std::span<const std::byte> sector);

}  // namespace tintype
