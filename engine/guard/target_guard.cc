#include "engine/guard/target_guard.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/guard/source_footprint.h"
#include "io/storage/block_device_facts.h"
#include "io/storage/open_files.h"

namespace tintype {
namespace fs = std::filesystem;

namespace {

Result<void> check_apart(const StorageFootprint& from, const std::string& source,
                         const StorageMap& map, const std::string& target) {
  const StorageFootprint to = map.of_path(target);
  const auto [ours, theirs] = meeting_place(from, to);
  if (ours == nullptr) return {};
  if (ours == &from.front() && theirs == &to.front() && ours->exact && theirs->exact)
    return plain_error(fmt::format("{} and {} are the same", source, target),
                       "choose another target");
  if (!theirs->exact)
    return plain_error(fmt::format("{} lies on the source {}", target, source),
                       "choose a target on another volume");
  if (!ours->exact)
    return plain_error(fmt::format("the source {} lies on {}", source, target),
                       "choose another target");
  return plain_error(fmt::format("{} and {} share bytes: those of {}", source, target, ours->name),
                     "choose another target");
}

}  // namespace

Result<void> refuse_part_of_repository(const std::string& target) {
  std::error_code code;
  const fs::path real = fs::weakly_canonical(fs::absolute(target, code), code);
  for (fs::path folder = real; folder.has_relative_path(); folder = folder.parent_path()) {
    const fs::path inside = folder.filename();
    const fs::path above = folder.parent_path();
    if (inside != "sets" && inside != "verdicts" && inside != "tintype.json") continue;
    if (!fs::is_regular_file(above / "tintype.json", code) ||
        !fs::is_directory(above / "sets", code))
      continue;
    return plain_error(
        fmt::format("{} lies in {}, where only backups are kept", target, above.string()),
        "choose a target outside of the repository");
  }
  return {};
}

Result<void> check_target_usable(const std::string& target) {
  TINTYPE_CHECK(refuse_device_folder(target));
  TINTYPE_CHECK(refuse_part_of_repository(target));
  std::error_code code;
  const auto status = std::filesystem::status(target, code);
  const bool device = std::filesystem::is_block_file(status);
  if (!device && !std::filesystem::is_regular_file(status)) return {};
  const StorageMap map;
  const StorageFootprint owned = map.of_path(target);
  for (const StorageMap::User& user : map.users())
    // What the target itself is made of does not use it, but a mount of the target does.
    if (uses(user.footprint, owned) && (user.mount || !holds(owned, user.footprint.front().place)))
      return plain_error(fmt::format("{} is in use: {}", target, user.what), user.remedy);
  if (const std::string writer = writer_of(map, owned); !writer.empty())
    return plain_error(fmt::format("{} is in use: {} has it open for writing", target, writer),
                       "end that program first");
  if (is_open_elsewhere(target, OpenFor::writing))
    return plain_error(fmt::format("{} is in use: another program has it open for writing", target),
                       "end that program first; lsof tells which");
  if (const auto facts = block_device_facts(target); facts && facts->read_only)
    return plain_error(
        fmt::format("{} is read-only: nothing can be written to it", target),
        fmt::format("choose another device, or make it writable: blockdev --setrw {}", target));
  return {};
}

Result<void> check_target_apart(const std::string& source, const std::string& target) {
  const StorageMap map;
  return check_apart(map.of_path(source), source, map, target);
}

Result<void> check_target_apart(const VolumeSpec& source, const std::string& target) {
  if (source.is_uri) return {};
  const StorageMap map;
  return check_apart(source_footprint(map, source), source.text, map, target);
}

Result<std::string> check_target_apart_from_server(const VolumeSpec& source,
                                                   const std::string& target) {
  if (!source.is_uri) return std::string();
  const StorageMap map;
  const StorageFootprint served = source_footprint(map, source);
  std::error_code code;
  if (!served.empty()) {
    // Which of the files that a server has open is what it serves, and which its log, say, nobody
    // can tell here.
    const StorageFootprint to = map.of_path(target);
    const auto [ours, theirs] = meeting_place(served, to);
    if (ours != nullptr && ours->exact && theirs == &to.front() && theirs->exact)
      return plain_error(fmt::format("the server of {} has {} open", source.text, target),
                         "choose another target");
    TINTYPE_CHECK(check_apart(served, source.text, map, target));
  } else if (const auto status = std::filesystem::status(target, code);
             std::filesystem::is_block_file(status) || std::filesystem::is_regular_file(status)) {
    return fmt::format("what {} is made of cannot be told here: should it be {}, it will be lost",
                       source.text, target);
  }
  return std::string();
}

}  // namespace tintype
