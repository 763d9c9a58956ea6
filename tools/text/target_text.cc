#include "tools/text/target_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/manifest/set_name.h"
#include "io/filesystem/filesystem_map.h"
#include "io/source/open_filesystem.h"
#include "io/storage/block_device_facts.h"
#include "io/storage/storage_stamp.h"
#include "io/volume/raw_volume.h"
#include "tools/text/report_text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

constexpr std::size_t kPartitionsTold = 8;

// "1 GiB, ntfs "Mail"": of a device or file that need not be one that can be read.
std::string content_text(const std::string& path) {
  const auto volume = open_raw_volume(path, Caching::page_cache);
  if (!volume) return "";
  std::string text = bytes_text((*volume)->size_bytes());
  if (const auto probe = probe_filesystem(**volume); probe && !probe->type.empty())
    text += ", " + filesystem_text(probe->type, probe->label);
  return text;
}

std::string written_text(const std::string& path) {
  const StorageStamp stamp = stamp_of_file(path);
  if (!stamp.there) return "";
  const std::chrono::nanoseconds since_epoch(stamp.modified_ns);
  return "last written " +
         utc_text(std::chrono::system_clock::time_point(
             std::chrono::duration_cast<std::chrono::system_clock::duration>(since_epoch)));
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

std::string target_text(const std::string& target) {
  const auto facts = block_device_facts(target);
  if (!facts)
    return fmt::format("{} ({})", target, joined({content_text(target), written_text(target)}));
  std::string parts;
  for (std::size_t i = 0; i < std::min(facts->partitions.size(), kPartitionsTold); ++i)
    parts += fmt::format("; {} {}", facts->partitions[i], content_text(facts->partitions[i]));
  if (facts->partitions.size() > kPartitionsTold)
    parts += fmt::format("; and {} more", facts->partitions.size() - kPartitionsTold);
  return fmt::format("{} ({}{})", target, joined({facts->model, content_text(target)}), parts);
}

}  // namespace tintype
