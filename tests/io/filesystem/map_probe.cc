#include "tests/io/filesystem/map_probe.h"

#include <algorithm>
#include <random>

#include "io/filesystem/glob.h"

namespace tintype::test {
namespace {

std::string wrong_with(const FileEntry& file, std::uint64_t volume_bytes) {
  const std::string_view in_partition =
      std::string_view(file.path).substr(partition_prefix(file.path).size());
  if (!in_partition.starts_with('/')) return "a path without a root";
  if ((file.path + "/").find("/../") != std::string::npos) return "a path that leads upwards";
  if (!file.runs.empty() && !file.problem.empty()) return "runs in spite of a problem";
  if (!file.runs.empty() && file.storage != FileStorage::runs) return "runs that are none";
  if (file.valid_bytes > file.size_bytes) return "more valid bytes than bytes";
  std::uint64_t file_end = 0;
  for (const FileRun& run : file.runs) {
    if (run.length == 0) return "an empty run";
    if (run.file_offset < file_end) return "runs out of order";
    if (run.length > file.valid_bytes || run.file_offset > file.valid_bytes - run.length)
      return "a run past the valid bytes";
    if (run.length > volume_bytes || run.volume_offset > volume_bytes - run.length)
      return "a run outside the volume";
    file_end = run.file_offset + run.length;
  }
  return "";
}

}  // namespace

std::string probe_map(const Volume& volume, const FilesystemMap& map, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::uint64_t size = volume.size_bytes();
  if (normalized(map.allocated()) != map.allocated()) return "allocated is not normalized";
  if (!map.allocated().empty() && map.allocated().back().end() > size)
    return "allocated past the volume's end";
  ExtentList ranges;
  for (int i = 0; i < 16; ++i) ranges.push_back({random() % size, 1 + random() % 8192});
  if (const auto files = map.find({"**"})) {
    for (const FileEntry& file : *files) {
      if (std::string wrong = wrong_with(file, size); !wrong.empty())
        return file.path + ": " + wrong;
      if (!file.runs.empty() && ranges.size() < 32)
        ranges.push_back({file.runs.front().volume_offset, 512});
      std::byte bytes[4096];
      const auto part =
          static_cast<std::size_t>(std::min<std::uint64_t>(sizeof bytes, file.size_bytes));
      (void)map.read(file, 0, std::span(bytes).first(part));
      (void)map.read(file, file.size_bytes - part, std::span(bytes).first(part));
      if (map.read(file, file.size_bytes, std::span(bytes).first(1)))
        return file.path + ": a byte past the end";
    }
  }
  if (const auto owners = map.owners(ranges); owners && owners->size() != ranges.size())
    return "an owner for each range, and not one less";
  return "";
}

}  // namespace tintype::test
