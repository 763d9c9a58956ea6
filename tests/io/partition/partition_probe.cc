#include "tests/io/partition/partition_probe.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "io/partition/gpt.h"
#include "io/partition/gpt_relocation.h"
#include "io/partition/partition_table.h"

namespace tintype::test {
namespace {

bool inside(const Extent& extent, std::uint64_t bytes) {
  return extent.offset <= bytes && extent.length <= bytes - extent.offset;
}

std::string check_table(const PartitionTable& table, std::uint64_t disk_bytes) {
  unsigned last = 0;
  std::vector<Extent> usable;
  for (const Partition& partition : table.partitions) {
    if (partition.number <= last) return "numbers do not ascend";
    last = partition.number;
    if (!inside(partition.range, disk_bytes)) return "a partition outside the disk";
    if (!partition.problem.empty() || partition.container) continue;
    if (partition.range.length == 0) return "a partition without a sector";
    usable.push_back(partition.range);
  }
  std::ranges::sort(usable, {}, &Extent::offset);
  for (std::size_t i = 1; i < usable.size(); ++i)
    if (usable[i].offset < usable[i - 1].end()) return "partitions that overlap";
  for (const Extent& extent : table.metadata)
    if (!inside(extent, disk_bytes)) return "a table outside the disk";
  return {};
}

}  // namespace

std::string probe_partitions(const Volume& disk) {
  const auto table = read_partition_table(disk);
  if (!table) return table.error().what.empty() ? "an error without a reason" : "";
  if (std::string wrong = check_table(*table, disk.size_bytes()); !wrong.empty()) return wrong;
  for (const std::uint64_t more : {0u, 1u, 4096u, 1u << 20}) {
    const std::uint64_t new_bytes = disk.size_bytes() + more;
    const auto relocation = relocate_gpt(disk, new_bytes);
    if (!relocation) continue;
    for (const GptRelocation::Patch& patch : relocation->patches) {
      const Extent place{patch.offset, patch.bytes.size()};
      if (!inside(place, new_bytes)) return "a patch outside the disk";
      for (const Partition& partition : table->partitions)
        if (partition.problem.empty() && partition.range.offset < place.end() &&
            place.offset < partition.range.end())
          return "a patch inside a partition";
    }
  }
  return {};
}

void seal_gpt_at(std::span<std::byte> disk, std::size_t header_at) {
  if (disk.size() < 512 || header_at > disk.size() - 512) return;
  const auto sector = disk.subspan(header_at, 512);
  GptCopy copy;
  copy.sector.assign(sector.begin(), sector.end());
  std::memcpy(&copy.header, sector.data(), sizeof copy.header);
  const std::uint64_t bytes = std::uint64_t{copy.header.entry_count} * copy.header.entry_bytes;
  const std::uint64_t lba = copy.header.entries_lba;
  if (copy.header.header_bytes > sector.size() || lba > disk.size() / 512 ||
      bytes > disk.size() - lba * 512)
    return;
  const auto entries = disk.subspan(lba * 512, bytes);
  copy.entries.assign(entries.begin(), entries.end());
  seal_gpt_copy(copy);
  std::ranges::copy(copy.sector, sector.begin());
}

}  // namespace tintype::test
