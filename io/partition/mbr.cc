#include "io/partition/mbr.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <string_view>

namespace tintype {
namespace {

// Appends the logical partitions of an extended one. Each link of the chain is a sector that
// describes one partition, from the link on, and the next link, from the extended partition on.
// Returns what is wrong with the chain; what lies behind that place is not known then.
std::string read_logical(const Volume& disk, std::uint32_t sector_bytes,
                         const MbrPartition& extended, MbrTable& table) {
  std::array<std::byte, kMbrBytes> sector;
  std::set<std::uint64_t> seen;
  unsigned number = 5;
  for (std::uint64_t link = extended.first_lba;;) {
    if (!seen.insert(link).second)
      return fmt::format("the chain of logical partitions leads back to sector {}", link);
    if (seen.size() > kLogicalPartitionsMax)
      return fmt::format("the chain of logical partitions has more than {} links",
                         kLogicalPartitionsMax);
    // 32-bit sector numbers times at most 4096: no overflow.
    if (!disk.read(link * sector_bytes, sector))
      return fmt::format("the chain of logical partitions cannot be read at sector {}", link);
    table.links.push_back(link);
    const auto entries = mbr_entries(sector);
    if (!entries)
      return fmt::format("the chain of logical partitions is broken at sector {}", link);
    std::uint64_t next = 0;
    for (const MbrEntry& entry : *entries) {
      if (!entry.used()) continue;
      if (entry.extended()) {
        if (next == 0) next = extended.first_lba + entry.first_lba;
        continue;
      }
      table.partitions.push_back({.number = number++,
                                  .type = entry.type,
                                  .extended = false,
                                  .first_lba = link + entry.first_lba,
                                  .sectors = entry.sectors});
      if (number > 4 + kLogicalPartitionsMax)
        return fmt::format("there are more than {} logical partitions", kLogicalPartitionsMax);
    }
    if (next == 0) return {};
    if (next <= extended.first_lba || next - extended.first_lba >= extended.sectors)
      return fmt::format("the chain of logical partitions leaves its place at sector {}", link);
    link = next;
  }
}

}  // namespace

std::optional<MbrEntries> mbr_entries(std::span<const std::byte> sector) noexcept {
  if (sector.size() < kMbrBytes || sector[510] != std::byte{0x55} || sector[511] != std::byte{0xAA})
    return std::nullopt;
  MbrEntries entries;
  std::memcpy(&entries, sector.data() + kMbrEntriesOffset, sizeof entries);
  return entries;
}

bool is_filesystem_boot_sector(std::span<const std::byte> sector) noexcept {
  const auto has_name = [&](std::string_view name) {
    return std::memcmp(sector.data() + 3, name.data(), name.size()) == 0;
  };
  if (has_name("NTFS    ") || has_name("EXFAT   ")) return true;
  // FAT has no mark; the fields that a boot loader's code would hardly have by chance.
  const auto sector_bytes = load_le<std::uint16_t>(sector, 11);
  const auto cluster_sectors = static_cast<std::uint8_t>(sector[13]);
  const auto reserved_sectors = load_le<std::uint16_t>(sector, 14);
  const auto tables = static_cast<std::uint8_t>(sector[16]);
  const auto medium = static_cast<std::uint8_t>(sector[21]);
  return sector_bytes >= 512 && sector_bytes <= 4096 && std::has_single_bit(sector_bytes) &&
         std::has_single_bit(cluster_sectors) && reserved_sectors != 0 && tables >= 1 &&
         tables <= 2 && (medium == 0xF0 || medium >= 0xF8);
}

std::optional<MbrTable> read_mbr(const Volume& disk, std::uint32_t sector_bytes,
                                 std::span<const std::byte> sector) {
  const auto entries = mbr_entries(sector);
  if (!entries || is_filesystem_boot_sector(sector)) return std::nullopt;
  MbrTable table;
  std::optional<MbrPartition> extended;
  for (unsigned i = 0; i < entries->size(); ++i) {
    const MbrEntry& entry = (*entries)[i];
    if ((entry.boot & 0x7F) != 0) return std::nullopt;  // code, not a table
    if (!entry.used()) continue;
    if (entry.first_lba == 0) return std::nullopt;
    table.partitions.push_back({.number = i + 1,
                                .type = entry.type,
                                .extended = entry.extended(),
                                .first_lba = entry.first_lba,
                                .sectors = entry.sectors});
    if (!entry.extended()) continue;
    if (extended)
      table.problem = "it has several extended partitions: the first one's logical ones are used";
    else
      extended = table.partitions.back();
  }
  if (table.partitions.empty()) return std::nullopt;
  if (extended)
    if (std::string problem = read_logical(disk, sector_bytes, *extended, table); !problem.empty())
      table.problem = std::move(problem);
  return table;
}

}  // namespace tintype
