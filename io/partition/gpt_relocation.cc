#include "io/partition/gpt_relocation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/partition/gpt.h"
#include "io/partition/mbr.h"
#include "io/partition/partition_table.h"

namespace tintype {
namespace {

// The protective record says how much of the disk it protects: all of it, as far as 32 bits reach.
bool grow_protection(std::span<std::byte> sector, std::uint64_t old_sectors,
                     std::uint64_t new_sectors) {
  const auto covered = [](std::uint64_t sectors) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(sectors - 1, std::numeric_limits<std::uint32_t>::max()));
  };
  const auto entries = mbr_entries(sector);
  if (!entries) return false;
  for (std::size_t i = 0; i < entries->size(); ++i) {
    MbrEntry entry = (*entries)[i];
    // Of a hybrid record, which protects only a part, nothing is changed.
    if (entry.type != kMbrTypeProtective || entry.sectors != covered(old_sectors)) continue;
    entry.sectors = covered(new_sectors);
    std::memcpy(sector.data() + kMbrEntriesOffset + i * sizeof entry, &entry, sizeof entry);
    return true;
  }
  return false;
}

}  // namespace

Result<GptRelocation> relocate_gpt(const Volume& disk, std::uint64_t new_bytes) {
  GptRelocation relocation;
  TINTYPE_TRY(const PartitionTable table, read_partition_table(disk));
  const std::uint32_t sector_bytes = table.sector_bytes;
  const std::uint64_t old_sectors = disk.size_bytes() / sector_bytes;
  const std::uint64_t new_sectors = new_bytes / sector_bytes;
  if (table.scheme != PartitionScheme::gpt || new_sectors <= old_sectors) return relocation;

  auto sound = read_gpt_copy(disk, sector_bytes, 1);
  const bool primary_was_sound = sound.has_value();
  if (!sound) sound = read_gpt_copy(disk, sector_bytes, old_sectors - 1);
  if (!sound) return tl::unexpected(std::move(sound).error());

  const std::uint64_t entry_sectors = (sound->entries.size() + sector_bytes - 1) / sector_bytes;
  const std::uint64_t last_lba = new_sectors - 1;
  const std::uint64_t backup_entries_lba = last_lba - entry_sectors;
  GptCopy primary = *sound, backup = *sound;
  if (!primary_was_sound) primary.header.entries_lba = 2;
  primary.header.my_lba = 1;
  primary.header.alternate_lba = last_lba;
  primary.header.last_usable_lba = backup_entries_lba - 1;
  backup.header = primary.header;
  backup.header.my_lba = last_lba;
  backup.header.alternate_lba = 1;
  backup.header.entries_lba = backup_entries_lba;
  // What a rebuilt primary takes must be free, and the new backup must lie in what was won or
  // where the old one was. A table of the usual shape has room for both.
  const bool in_the_way = std::ranges::any_of(table.partitions, [&](const Partition& partition) {
    return partition.range.end() > backup_entries_lba * sector_bytes && partition.range.length > 0;
  });
  if (primary.header.entries_lba + entry_sectors > primary.header.first_usable_lba ||
      backup_entries_lba <= sound->header.last_usable_lba || in_the_way)
    return plain_error(
        fmt::format("the partition table of {} leaves no room to be moved", disk.name()),
        "restore to a disk of the same size, then use sfdisk --relocate");
  seal_gpt_copy(primary);
  seal_gpt_copy(backup);

  std::vector<std::byte> sector(sector_bytes);
  TINTYPE_CHECK(disk.read(0, sector));
  relocation.sector_bytes = sector_bytes;
  if (grow_protection(sector, old_sectors, new_sectors))
    relocation.patches.push_back({0, std::move(sector)});
  relocation.patches.push_back({primary.header.my_lba * sector_bytes, std::move(primary.sector)});
  if (!primary_was_sound)
    relocation.patches.push_back(
        {primary.header.entries_lba * sector_bytes, std::move(primary.entries)});
  relocation.patches.push_back({backup_entries_lba * sector_bytes, std::move(backup.entries)});
  relocation.patches.push_back({last_lba * sector_bytes, std::move(backup.sector)});
  relocation.text = fmt::format(
      "the disk was {} bytes, the target has {}: the backup of its partition table was moved to "
      "the new end{}; the partitions are as they were",
      disk.size_bytes(), new_bytes,
      primary_was_sound ? "" : ", and the damaged primary one was written anew from it");
  return relocation;
}

}  // namespace tintype
