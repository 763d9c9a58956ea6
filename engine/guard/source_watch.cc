#include "engine/guard/source_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/guard/source_footprint.h"
#include "engine/guard/source_guard.h"
#include "io/source/open_volume.h"

namespace tintype {

std::string problem_path(const std::string& path) {
  std::error_code code;
  const auto absolute = std::filesystem::absolute(path, code);
  std::string text = code ? path : absolute.lexically_normal().string();
  return text.starts_with('/') ? text.substr(1) : text;
}

// Of a disk of which the source is only a part, the other parts may change.
void SourceWatch::watch(const StorageFootprint& footprint) {
  for (const StorageShare& share : footprint) {
    if (!share.exact || (share.place.device && (share.begin != 0 || share.end != UINT64_MAX)))
      continue;
    if (std::ranges::any_of(watched_,
                            [&](const Watched& known) { return known.share.place == share.place; }))
      continue;
    if (const StorageStamp stamp = stamp_of(share); stamp.there) watched_.push_back({share, stamp});
  }
}

std::string SourceWatch::user() const {
  const StorageMap map;
  for (const VolumeSpec& source : sources_)
    if (const std::string user = source_user(map, source); !user.empty())
      return fmt::format("{}: {}", source.base, user);
  return "";
}

Result<SourceWatch> SourceWatch::begin(const VolumeSpec& source) {
  SourceWatch watch;
  watch.sources_.push_back(source);
  TINTYPE_TRY(const std::vector<std::string> parents, parent_files(source));
  for (const std::string& file : parents) {
    TINTYPE_TRY(VolumeSpec parent,
                parse_volume_spec(file, [](const std::string&) { return true; }));
    watch.sources_.push_back(std::move(parent));
  }
  const StorageMap map;
  for (const VolumeSpec& each : watch.sources_) watch.watch(source_footprint(map, each));
  watch.in_use_ = watch.user();
  return watch;
}

void SourceWatch::end(bool allow_in_use, FolderProblems& problems) {
  for (const Watched& each : watched_)
    if (const std::string change = change_between(each.before, stamp_of(each.share));
        !change.empty())
      problems.add(problem_path(each.share.name), change);
  if (std::string now = user(); !now.empty()) in_use_ = std::move(now);
  if (!in_use_.empty() && !allow_in_use)
    problems.add(problem_path(sources_.front().base), "in use while it was read: " + in_use_);
}

}  // namespace tintype
