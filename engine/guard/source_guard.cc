#include "engine/guard/source_guard.h"

#include <fmt/format.h>

#include "engine/guard/source_footprint.h"
#include "engine/guard/target_guard.h"
#include "io/source/open_volume.h"
#include "io/storage/open_files.h"

namespace tintype {

std::string source_user(const StorageMap& map, const VolumeSpec& source) {
  if (source.is_uri) return "";
  const StorageFootprint owned = source_footprint(map, source);
  if (owned.empty() || !owned.front().exact) return "";  // opening it tells what is wrong
  for (const StorageMap::User& user : map.users())
    if (user.mount && user.writes && uses(user.footprint, owned)) {
      const bool partition =
          owned.front().place.device && user.footprint.front().place != owned.front().place;
      return fmt::format("{}mounted for writing at {}", partition ? "a partition of it is " : "",
                         user.where);
    }
  if (const std::string writer = writer_of(map, owned); !writer.empty())
    return writer + " has it open for writing";
  if (is_open_elsewhere(source.base, OpenFor::writing))
    return "another program has it open for writing";
  return "";
}

Result<void> check_source_unused(const VolumeSpec& source, bool allow) {
  if (allow) return {};
  if (const std::string user = source_user(StorageMap(), source); !user.empty())
    return plain_error(
        fmt::format("{} is in use: {}", source.base, user),
        "take a snapshot and read that, or add --allow-source-in-use to read it as it changes");
  return {};
}

Result<void> check_source(const VolumeSpec& source, bool allow_in_use, const std::string& target) {
  TINTYPE_TRY(const std::vector<std::string> parents, parent_files(source));
  TINTYPE_CHECK(check_source_unused(source, allow_in_use));
  TINTYPE_CHECK(check_target_apart(source, target));
  for (const std::string& file : parents) {
    TINTYPE_TRY(const VolumeSpec parent,
                parse_volume_spec(file, [](const std::string&) { return true; }));
    TINTYPE_CHECK(check_source_unused(parent, allow_in_use));
    TINTYPE_CHECK(check_target_apart(parent, target));
  }
  return {};
}

}  // namespace tintype
