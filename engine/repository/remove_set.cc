#include "engine/repository/remove_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "engine/repository/begun_record.h"
#include "engine/repository/set_folder.h"
#include "engine/repository/set_name.h"
#include "engine/repository/set_standing.h"
#include "engine/repository/verdict_store.h"
#include "io/durable_file.h"
#include "io/file_lock.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

bool is_readable(const SetEntry& set) {
  return set.finished && set.problem.empty();
}

bool holds(const SetEntry& set, const std::string& host, const std::string& source) {
  return set.manifest.host == host &&
         std::ranges::any_of(set.manifest.volumes,
                             [&](const VolumeManifest& volume) { return volume.source == source; });
}

// So that whoever finds what a kill left knows that it is of no use. Not worth failing for: the
// disk may be full, which may be why the set is to go.
void mark_as_removed(const std::string& folder) {
  BegunRecord record = begun_here();
  record.removed = true;
  static_cast<void>(write_begun_record(folder, record, Permissions::owner_only));
}

Error in_use(const SetEntry& set) {
  return plain_error(fmt::format("backup set {} is being worked on by a living process", set.name),
                     "wait for it, or stop it")
      .value();
}

}  // namespace

Result<std::string> last_backup_of(const Repository& repository, const SetEntry& set) {
  if (!is_readable(set)) return std::string();
  TINTYPE_TRY(const std::vector<SetEntry> all, repository.sets());
  const VerdictStore verdicts(repository);
  const auto is_sound = [&](const SetEntry& one) {
    return one.manifest.sound && !standing_of(verdicts, one).damaged();
  };
  const bool sound = is_sound(set);
  for (const VolumeManifest& volume : set.manifest.volumes)
    if (std::ranges::none_of(all, [&](const SetEntry& other) {
          return other.path != set.path && is_readable(other) &&
                 holds(other, set.manifest.host, volume.source) && (!sound || is_sound(other));
        }))
      return volume.source;
  return std::string();
}

Result<std::uint64_t> remove_set(const Repository& repository, const SetEntry& set) {
  const std::uint64_t bytes = occupied_bytes_in(set.path);
  const VerdictStore verdicts(repository);
  std::string partial = set.path;
  if (!partial.ends_with(kPartialSuffix)) {
    // Two who remove it, or one who removes it while the other still commits it, meet here. Where
    // there are no locks the rename alone decides.
    const auto lock =
        FileLock::try_lock(fmt::format("{}/{}", set.path, kLockName), FileLock::IfMissing::create);
    if (!lock && lock.error().code == std::errc::resource_unavailable_try_again)
      return tl::unexpected(in_use(set));
    if (!lock && (lock.error().code == std::errc::permission_denied ||
                  lock.error().code == std::errc::read_only_file_system))
      return tl::unexpected(lock.error());
    mark_as_removed(set.path);
    partial += kPartialSuffix;
    TINTYPE_CHECK(rename_durably(set.path, partial));
    // Holds: there is no finished set of this name any more, whatever happens to us.
    std::error_code code;
    fs::remove_all(partial, code);
    if (code) return system_error(code.value(), "remove", partial);
  } else {
    TINTYPE_TRY(const bool removed, remove_unfinished_folder(partial));
    if (!removed) return tl::unexpected(in_use(set));
  }
  verdicts.forget(set);
  TINTYPE_CHECK(sync_directory(repository.sets_path()));
  return bytes;
}

}  // namespace tintype
