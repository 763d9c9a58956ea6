#include "io/partition/partition_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "hashing/utf16.h"
#include "io/partition/gpt.h"
#include "io/partition/mbr.h"

namespace tintype {
namespace {

constexpr std::uint32_t kSectorBytes[] = {512, 4096};  // that disks have

bool read_some(const Volume& disk, std::uint64_t offset, std::span<std::byte> bytes) {
  return offset <= disk.size_bytes() && bytes.size() <= disk.size_bytes() - offset &&
         disk.read(offset, bytes).has_value();
}

// Cuts the range at the disk's end, and says so.
void place(Partition& partition, std::uint64_t first_lba, std::uint64_t sectors,
           std::uint32_t sector_bytes, std::uint64_t disk_bytes) {
  const std::uint64_t disk_sectors = disk_bytes / sector_bytes;
  if (first_lba >= disk_sectors) {
    partition.problem = "it lies behind the end of the disk";
    partition.range = {disk_bytes, 0};
    return;
  }
  if (sectors > disk_sectors - first_lba) {
    partition.problem = "it ends behind the end of the disk";
    sectors = disk_sectors - first_lba;
  }
  partition.range = {first_lba * sector_bytes, sectors * sector_bytes};
}

// Bytes that two partitions claim belong to one of them at most: neither is to be opened.
void find_overlaps(std::vector<Partition*> partitions) {
  std::ranges::sort(partitions, {}, [](const Partition* p) { return p->range.offset; });
  Partition* furthest = nullptr;
  for (Partition* partition : partitions) {
    if (partition->range.length == 0) continue;
    if (furthest != nullptr && partition->range.offset < furthest->range.end()) {
      const auto blame = [](Partition& one, const Partition& other) {
        if (one.problem.empty())
          one.problem = fmt::format("it overlaps partition {}", other.number);
      };
      blame(*partition, *furthest);
      blame(*furthest, *partition);
    }
    if (furthest == nullptr || partition->range.end() > furthest->range.end()) furthest = partition;
  }
}

void find_overlaps(PartitionTable& table) {
  std::vector<Partition*> primary, logical;
  const Partition* container = nullptr;
  for (Partition& partition : table.partitions) {
    const bool is_logical = table.scheme == PartitionScheme::mbr && partition.number > 4;
    (is_logical ? logical : primary).push_back(&partition);
    if (partition.container && container == nullptr) container = &partition;
  }
  find_overlaps(std::move(primary));
  find_overlaps(logical);
  for (Partition* partition : logical)
    if (partition->problem.empty() && (partition->range.offset <= container->range.offset ||
                                       partition->range.end() > container->range.end()))
      partition->problem = "it leaves its extended partition";
  if (container != nullptr && !container->problem.empty())
    for (Partition* partition : logical)
      if (partition->problem.empty())
        partition->problem = fmt::format("of partition {}, in which it lies: {}", container->number,
                                         container->problem);
}

std::string name_of(const GptEntry& entry) {
  std::size_t length = 0;
  while (length < std::size(entry.name) && entry.name[length] != 0) ++length;
  return utf8_from_utf16(std::as_bytes(std::span(entry.name, length)));
}

// The copy to use, what is wrong with the other one in `remarks`. Of two sound copies the primary
// counts, as everywhere.
Result<GptCopy> choose_copy(const Volume& disk, std::uint32_t sector_bytes, PartitionTable& table) {
  std::vector<std::string>& remarks = table.remarks;
  const std::uint64_t last_lba = disk.size_bytes() / sector_bytes - 1;
  auto primary = read_gpt_copy(disk, sector_bytes, 1);
  const std::uint64_t alternate = primary ? primary->header.alternate_lba.value() : last_lba;
  auto backup = read_gpt_copy(disk, sector_bytes, alternate);
  for (const auto* copy : {&primary, &backup}) {
    if (!*copy) continue;
    const GptHeader& header = (*copy)->header;
    table.metadata.push_back({header.my_lba * sector_bytes, sector_bytes});
    table.metadata.push_back({header.entries_lba * sector_bytes, (*copy)->entries.size()});
  }
  if (!primary && !backup)
    return plain_error(fmt::format("the partition table of {} is damaged in both places: at the "
                                   "beginning {}; at the end {}",
                                   disk.name(), primary.error().what, backup.error().what),
                       "sfdisk or gdisk may repair it");
  if (!primary) {
    remarks.push_back(fmt::format("the primary GPT is damaged ({}): its backup at the end was used",
                                  primary.error().what));
    return backup;
  }
  if (!backup)
    remarks.push_back(
        fmt::format("the backup GPT in sector {} is damaged: {}", alternate, backup.error().what));
  else if (backup->entries != primary->entries)
    remarks.emplace_back("the two copies of the GPT differ: the primary one was used");
  if (alternate != last_lba) remarks.emplace_back("the backup GPT is not at the end of the disk");
  return primary;
}

Result<PartitionTable> read_gpt(const Volume& disk, std::uint32_t sector_bytes) {
  PartitionTable table{.scheme = PartitionScheme::gpt, .sector_bytes = sector_bytes};
  TINTYPE_TRY(const GptCopy copy, choose_copy(disk, sector_bytes, table));
  table.disk_id = to_string(copy.header.disk_guid);
  for (std::uint32_t i = 0; i < copy.header.entry_count; ++i) {
    const GptEntry entry = copy.entry(i);
    if (entry.type == GptGuid{}) continue;
    Partition partition{.number = i + 1,
                        .type = to_string(entry.type),
                        .name = name_of(entry),
                        .guid = to_string(entry.guid)};
    if (entry.last_lba < entry.first_lba || entry.first_lba == 0 ||
        entry.last_lba == ~std::uint64_t{0}) {
      partition.problem = fmt::format("it has the sectors {} to {}", entry.first_lba.value(),
                                      entry.last_lba.value());
      partition.range = {disk.size_bytes(), 0};
    } else {
      place(partition, entry.first_lba, entry.last_lba - entry.first_lba + 1, sector_bytes,
            disk.size_bytes());
    }
    if (partition.problem.empty() && (entry.first_lba < copy.header.first_usable_lba ||
                                      entry.last_lba > copy.header.last_usable_lba))
      partition.problem = "it leaves the sectors that the table leaves to partitions";
    table.partitions.push_back(std::move(partition));
  }
  return table;
}

PartitionTable make_mbr(const Volume& disk, std::uint32_t sector_bytes, const MbrTable& mbr,
                        std::span<const std::byte> sector) {
  PartitionTable table{
      .scheme = PartitionScheme::mbr,
      .sector_bytes = sector_bytes,
      .disk_id = fmt::format("0x{:08x}", load_le<std::uint32_t>(sector, kMbrDiskIdOffset))};
  for (const MbrPartition& from : mbr.partitions) {
    Partition partition{
        .number = from.number, .type = fmt::format("{:x}", from.type), .container = from.extended};
    place(partition, from.first_lba, from.sectors, sector_bytes, disk.size_bytes());
    table.partitions.push_back(std::move(partition));
  }
  for (const std::uint64_t link : mbr.links)
    table.metadata.push_back({link * sector_bytes, sector_bytes});
  if (!mbr.problem.empty()) table.remarks.push_back(mbr.problem);
  return table;
}

// An MBR does not tell how large its sectors are. How many of its partitions begin with something
// that a boot sector, an extended boot record or an ext superblock has, if they are so large?
unsigned evidence_of(const Volume& disk, const PartitionTable& table) {
  unsigned found = 0;
  for (const Partition& partition : table.partitions) {
    std::array<std::byte, 2> mark;
    const auto marked = [&](std::uint64_t offset, std::uint8_t first, std::uint8_t second) {
      return read_some(disk, partition.range.offset + offset, mark) &&
             mark == std::array{std::byte{first}, std::byte{second}};
    };
    if (partition.range.length >= 2048 && (marked(510, 0x55, 0xAA) || marked(1080, 0x53, 0xEF)))
      ++found;
  }
  return found;
}

// A device knows how large its sectors are; the file that an image is kept in does not.
std::optional<std::uint32_t> device_sector_bytes(const Volume& disk) {
  std::optional<std::uint32_t> found;
  disk.map({0, kMbrBytes}, [&](const Volume::Piece& piece) {
    if (piece.file != nullptr && piece.file->geometry().block_device)
      found = piece.file->geometry().sector_bytes;
  });
  return found;
}

PartitionTable read_mbr_table(const Volume& disk, std::span<const std::byte> sector) {
  const auto of_device = device_sector_bytes(disk);
  std::optional<PartitionTable> best;
  unsigned best_evidence = 0;
  for (const std::uint32_t sector_bytes : kSectorBytes) {
    if (of_device && *of_device != sector_bytes) continue;
    const auto mbr = read_mbr(disk, sector_bytes, sector);
    if (!mbr) continue;
    PartitionTable table = make_mbr(disk, sector_bytes, *mbr, sector);
    const unsigned evidence = evidence_of(disk, table);
    if (best && evidence <= best_evidence) continue;
    best = std::move(table);
    best_evidence = evidence;
  }
  return best ? *std::move(best) : PartitionTable{};
}

// Where a header is, in either place, tells how large the sectors are.
Result<PartitionTable> read_gpt_table(const Volume& disk) {
  auto table = read_gpt(disk, kSectorBytes[0]);
  if (table || disk.size_bytes() < 4 * kSectorBytes[1]) return table;
  auto of_large_sectors = read_gpt(disk, kSectorBytes[1]);
  return of_large_sectors ? std::move(of_large_sectors) : std::move(table);
}

std::string numbers_of(const PartitionTable& table) {
  std::string numbers;
  for (const Partition& partition : table.partitions)
    if (!partition.container)
      numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", partition.number);
  return numbers;
}

}  // namespace

std::string_view to_string(PartitionScheme scheme) noexcept {
  switch (scheme) {
    case PartitionScheme::none:
      return "";
    case PartitionScheme::gpt:
      return "gpt";
    case PartitionScheme::mbr:
      return "mbr";
  }
  return "";
}

bool Partition::holds_no_files() const noexcept {
  constexpr std::string_view kTypes[] = {
      "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",  // EFI system
      "E3C9E316-0B5C-4DB8-817D-F92DF00215AE",  // Microsoft reserved
      "21686148-6449-6E6F-744E-656564454649",  // BIOS boot
      "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F",  // Linux swap
      "ef",                                    // EFI system
      "82",                                    // Linux swap
  };
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

const Partition* PartitionTable::find(unsigned number) const noexcept {
  const auto found = std::ranges::find(partitions, number, &Partition::number);
  return found == partitions.end() ? nullptr : &*found;
}

Result<PartitionTable> read_partition_table(const Volume& disk) {
  std::array<std::byte, kMbrBytes> sector;
  if (disk.size_bytes() < 4 * kMbrBytes || !read_some(disk, 0, sector)) return PartitionTable{};
  const auto entries = mbr_entries(sector);
  if (!entries || is_filesystem_boot_sector(sector)) return PartitionTable{};
  const bool protective = std::ranges::any_of(
      *entries, [](const MbrEntry& e) { return e.used() && e.type == kMbrTypeProtective; });
  Result<PartitionTable> table =
      protective ? read_gpt_table(disk) : Result<PartitionTable>(read_mbr_table(disk, sector));
  if (table && table->scheme != PartitionScheme::none) {
    find_overlaps(*table);
    table->metadata.push_back({0, kMbrBytes});
    ExtentList inside = normalized(std::move(table->metadata));
    table->metadata = intersection(inside, {{0, disk.size_bytes()}});
  }
  return table;
}

Result<Partition> find_partition(const Volume& disk, unsigned number, const std::string& shown) {
  TINTYPE_TRY(const PartitionTable table, read_partition_table(disk));
  if (table.scheme == PartitionScheme::none)
    return plain_error(fmt::format("{} has no partition table", shown),
                       fmt::format("leave out #{} to take all of it", number));
  const Partition* partition = table.find(number);
  if (partition == nullptr)
    return plain_error(
        fmt::format("{} has no partition {}", shown, number),
        table.partitions.empty() ? "it has none" : fmt::format("it has {}", numbers_of(table)));
  if (partition->container)
    return plain_error(fmt::format("partition {} of {} only holds other partitions", number, shown),
                       fmt::format("it has {}", numbers_of(table)));
  if (!partition->problem.empty())
    return plain_error(fmt::format("partition {} of {}: {}", number, shown, partition->problem),
                       "the whole disk can still be backed up");
  return *partition;
}

}  // namespace tintype
