#include "io/source/disk_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/environment_error.h"
#include "io/filesystem/file_collector.h"
#include "io/filesystem/file_runs.h"
#include "io/filesystem/glob.h"
#include "io/partition/partition_table.h"
#include "io/source/open_filesystem.h"
#include "io/volume/slice_volume.h"

namespace tintype {
namespace {

constexpr std::size_t kSummaryBytesMax = 200;

struct Part {
  std::string prefix;  // "#2:"
  Extent range;        // of the disk
  std::unique_ptr<SliceVolume> volume;
  std::unique_ptr<FilesystemMap> map;  // null: taken whole
};

// The map, or why there is none.
struct Opened {
  std::string type, label;
  std::unique_ptr<FilesystemMap> map;
  std::string why;
};

// An error only of the environment: it says nothing about the partition.
Result<Opened> open_map_of(const Volume& volume) {
  Opened opened;
  const auto probe = probe_filesystem(volume);
  if (!probe && is_environment(probe.error())) return tl::unexpected(probe.error());
  if (!probe) {
    opened.why = probe.error().what;
    return opened;
  }
  opened.type = probe->type;
  opened.label = probe->label;
  if (is_partition_scheme(probe->type)) {
    opened.why = "it holds a partition table of its own";
    return opened;
  }
  auto map = open_filesystem_map(volume, *probe);
  if (!map && is_environment(map.error())) return tl::unexpected(std::move(map).error());
  if (!map)
    opened.why = map.error().what;
  else if (*map == nullptr)
    opened.why = probe->type.empty() ? "no file system was recognised"
                                     : fmt::format("file system {} cannot be mapped", probe->type);
  else if (!(*map)->unreliable().empty())
    opened.why = (*map)->unreliable();
  else
    opened.map = *std::move(map);
  return opened;
}

class DiskMap final : public FilesystemMap {
 public:
  DiskMap(const Volume& disk, const PartitionTable& table);
  // What the partitions hold; once.
  [[nodiscard]] Result<void> add_partitions(const PartitionTable& table);

  std::string_view type() const noexcept override { return type_; }
  const std::string& label() const noexcept override { return summary_; }
  std::uint32_t cluster_bytes() const noexcept override { return sector_bytes_; }
  const ExtentList& allocated() const noexcept override { return allocated_; }
  const std::string& unreliable() const noexcept override { return unreliable_; }
  std::span<const Remark> remarks() const noexcept override { return remarks_; }

  using FilesystemMap::find;
  Result<std::vector<FileEntry>> find(const Wanted& wanted, FoundBeside* beside) const override;
  Result<std::vector<FileEntry>> find(const std::vector<std::string>& globs) const override;
  Result<void> read(const FileEntry& file, std::uint64_t offset,
                    std::span<std::byte> bytes) const override;
  Result<std::vector<Owner>> owners(const ExtentList& ranges) const override;

 private:
  // What `find_in` finds in each partition that has a map, under the disk's paths and offsets.
  template <class FindIn>
  Result<std::vector<FileEntry>> find_all(FoundBeside* beside, FindIn find_in) const;
  [[nodiscard]] Result<void> add(const Partition& partition);
  void collect_allocated(const PartitionTable& table);

  const Volume& disk_;
  std::string_view type_;
  std::uint32_t sector_bytes_;
  std::vector<Part> parts_;  // by offset; none overlap
  std::string summary_;
  ExtentList allocated_;
  std::vector<Remark> remarks_;
  std::string unreliable_;  // always ""
};

DiskMap::DiskMap(const Volume& disk, const PartitionTable& table)
    : disk_(disk), type_(to_string(table.scheme)), sector_bytes_(table.sector_bytes) {
  for (const std::string& remark : table.remarks)
    remarks_.push_back({Remark::Kind::damage, remark});
}

Result<void> DiskMap::add_partitions(const PartitionTable& table) {
  for (const Partition& partition : table.partitions)
    if (!partition.container) TINTYPE_CHECK(add(partition));
  std::ranges::sort(parts_, {}, [](const Part& part) { return part.range.offset; });
  collect_allocated(table);
  return {};
}

Result<void> DiskMap::add(const Partition& partition) {
  const std::string name = fmt::format("#{}", partition.number);
  Opened opened;
  if (!partition.problem.empty()) {
    opened.why = partition.problem;
  } else {
    Part part{.prefix = name + ":",
              .range = partition.range,
              .volume = std::make_unique<SliceVolume>(disk_.name() + name, disk_, partition.range),
              .map = nullptr};
    TINTYPE_TRY(opened, open_map_of(*part.volume));
    part.map = std::move(opened.map);
    if (part.map != nullptr)
      for (const Remark& remark : part.map->remarks())
        remarks_.push_back({remark.kind, fmt::format("{}: {}", name, remark.text)});
    parts_.push_back(std::move(part));
  }
  if (!opened.why.empty())
    remarks_.push_back(
        {partition.holds_no_files() ? Remark::Kind::taken_whole : Remark::Kind::files_missed,
         fmt::format("{}: {}", name, opened.why)});
  std::string line = fmt::format("{}{} {}", summary_.empty() ? "" : ", ", name,
                                 opened.type.empty() ? "unknown" : opened.type);
  if (!opened.label.empty()) line += " " + opened.label;
  if (summary_.size() + line.size() <= kSummaryBytesMax)
    summary_ += line;
  else if (!summary_.ends_with('+'))
    summary_ += " +";
  return {};
}

// Everything, but what a mapped partition calls free.
void DiskMap::collect_allocated(const PartitionTable& table) {
  ExtentList kept = table.metadata;
  std::uint64_t at = 0;
  for (const Part& part : parts_) {
    if (part.map == nullptr) continue;
    kept.push_back({at, part.range.offset - at});
    for (const Extent& extent : part.map->allocated())
      kept.push_back({part.range.offset + extent.offset, extent.length});
    at = part.range.end();
  }
  kept.push_back({at, disk_.size_bytes() - at});
  // A partition that makes no sense may still claim what another one calls free.
  for (const Partition& partition : table.partitions)
    if (!partition.container && !partition.problem.empty()) kept.push_back(partition.range);
  allocated_ = normalized(std::move(kept));
}

template <class FindIn>
Result<std::vector<FileEntry>> DiskMap::find_all(FoundBeside* beside, FindIn find_in) const {
  FileCollector found(beside);
  for (const Part& part : parts_) {
    if (part.map == nullptr) continue;
    FoundBeside inside;
    TINTYPE_TRY(std::vector<FileEntry> files, find_in(part, beside == nullptr ? nullptr : &inside));
    for (FileEntry& file : files) {
      file.path = part.prefix + file.path;
      for (FileRun& run : file.runs) run.volume_offset += part.range.offset;
      found.add(std::move(file));
    }
    if (beside == nullptr) continue;
    for (FileNode& node : inside.nodes) {
      node.path = part.prefix + node.path;
      if (node.kind == FileNode::Kind::hard_link) node.text = part.prefix + node.text;
      found.add(std::move(node));
    }
    for (const std::string& folder : inside.unread_folders)
      beside->unread_folders.push_back(part.prefix + folder);
  }
  return std::move(found).finish(FileCollector::Claims::trusted);  // the parts compared theirs
}

Result<std::vector<FileEntry>> DiskMap::find(const std::vector<std::string>& globs) const {
  return find_all(nullptr, [&](const Part& part, FoundBeside*) -> Result<std::vector<FileEntry>> {
    std::vector<std::string> mine;
    for (const std::string& glob : globs)
      if (const auto prefix = partition_prefix(glob); prefix.empty() || prefix == part.prefix)
        mine.push_back(glob.substr(prefix.size()));
    if (mine.empty()) return std::vector<FileEntry>{};
    return part.map->find(mine);
  });
}

Result<std::vector<FileEntry>> DiskMap::find(const Wanted& wanted, FoundBeside* beside) const {
  return find_all(beside, [&](const Part& part, FoundBeside* inside) {
    return part.map->find([&](const std::string& path) { return wanted(part.prefix + path); },
                          inside);
  });
}

Result<void> DiskMap::read(const FileEntry& file, std::uint64_t offset,
                           std::span<std::byte> bytes) const {
  const std::string_view prefix = partition_prefix(file.path);
  const auto part = std::ranges::find(parts_, prefix, &Part::prefix);
  if (part == parts_.end() || part->map == nullptr)
    return plain_error(fmt::format("cannot read {}: it is in no partition", file.path));
  if (file.problem.empty() && file.storage == FileStorage::runs)
    return read_runs(disk_, file.runs, file.size_bytes, offset, bytes);
  FileEntry inside = file;
  inside.path.erase(0, prefix.size());
  for (FileRun& run : inside.runs) run.volume_offset -= part->range.offset;
  return part->map->read(inside, offset, bytes);
}

Result<std::vector<FilesystemMap::Owner>> DiskMap::owners(const ExtentList& ranges) const {
  std::vector<Owner> answers(ranges.size());
  for (const Part& part : parts_) {
    if (part.map == nullptr) continue;
    ExtentList inside;
    std::vector<std::size_t> asked;  // index in `ranges` of each of `inside`
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      const std::uint64_t from = std::max(ranges[i].offset, part.range.offset);
      const std::uint64_t to = std::min(ranges[i].end(), part.range.end());
      if (from >= to || !answers[i].path.empty()) continue;
      inside.push_back({from - part.range.offset, to - from});
      asked.push_back(i);
    }
    if (inside.empty()) continue;
    TINTYPE_TRY(const auto found, part.map->owners(inside));
    for (std::size_t i = 0; i < std::min(found.size(), asked.size()); ++i)
      if (!found[i].path.empty())
        answers[asked[i]] = {part.prefix + found[i].path, found[i].file_offset};
  }
  return answers;
}

}  // namespace

bool is_partition_scheme(std::string_view probed_type) noexcept {
  return probed_type == to_string(PartitionScheme::gpt) ||
         probed_type == to_string(PartitionScheme::mbr);
}

Result<std::unique_ptr<FilesystemMap>> open_disk_map(const Volume& disk) {
  TINTYPE_TRY(const PartitionTable table, read_partition_table(disk));
  if (table.scheme == PartitionScheme::none)
    return plain_error(fmt::format("{} has no partition table", disk.name()));
  auto map = std::make_unique<DiskMap>(disk, table);
  TINTYPE_CHECK(map->add_partitions(table));
  return map;
}

}  // namespace tintype
