#include "engine/proof/remove_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "engine/manifest/set_name.h"
#include "engine/proof/set_standing.h"
#include "engine/proof/verdict_store.h"
#include "engine/repository/begun_record.h"
#include "engine/store/set_folder.h"
#include "io/file/durable_file.h"
#include "io/file/file_lock.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr int kWaitsMax = 1000;  // 10 s

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

bool is_held(const Error& error) {
  return error.code == std::errc::resource_unavailable_try_again;
}

bool is_forbidden(const Error& error) {
  return error.code == std::errc::permission_denied ||
         error.code == std::errc::read_only_file_system;
}

bool has_no_locks(const Error& error) {
  return error.code == std::errc::no_lock_available ||
         error.code == std::errc::operation_not_supported ||
         error.code == std::errc::function_not_supported ||
         error.code == std::errc::invalid_argument;
}

// The file that makes it a repository serves as the lock: no other is left behind by a kill. Held
// for a moment only. None where the medium has no locks.
Result<std::optional<FileLock>> lock_removals(const Repository& repository) {
  for (int i = 0;; ++i) {
    auto lock = FileLock::try_lock(repository.head_path(), FileLock::IfMissing::fail);
    if (lock) return std::optional<FileLock>(*std::move(lock));
    if (has_no_locks(lock.error())) return std::optional<FileLock>();
    if (!is_held(lock.error())) return tl::unexpected(lock.error());
    if (i == kWaitsMax)
      return plain_error(fmt::format("another set of {} is being removed", repository.path()),
                         "try again when that is done");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
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

namespace {

// From the look at what else there is until the set has lost its name nobody else removes one.
// "" when it has, and then `held` is its lock; else of what it is the last, and it stays.
Result<std::string> make_unfinished(const Repository& repository, const SetEntry& set,
                                    IfLast if_last, std::optional<FileLock>& held) {
  TINTYPE_TRY(const auto alone, lock_removals(repository));
  if (if_last == IfLast::keep) {
    TINTYPE_TRY(std::string last_of, last_backup_of(repository, set));
    if (!last_of.empty()) return last_of;
  }
  // Two who remove it, or one who removes it while the other still commits it, meet here. Where
  // there are no locks the rename alone decides.
  auto lock =
      FileLock::try_lock(fmt::format("{}/{}", set.path, kLockName), FileLock::IfMissing::create);
  if (!lock && is_held(lock.error())) return tl::unexpected(in_use(set));
  if (!lock && is_forbidden(lock.error())) return tl::unexpected(lock.error());
  mark_as_removed(set.path);
  // Holds: there is no finished set of this name any more, whatever happens to us.
  TINTYPE_CHECK(rename_durably(set.path, set.path + std::string(kPartialSuffix)));
  if (lock) held.emplace(*std::move(lock));
  return std::string();
}

}  // namespace

Result<Removal> remove_set(const Repository& repository, const SetEntry& set, IfLast if_last) {
  Removal removal{.freed_bytes = occupied_bytes_in(set.path)};
  const VerdictStore verdicts(repository);
  if (set.path.ends_with(kPartialSuffix)) {
    TINTYPE_TRY(const bool removed, remove_unfinished_folder(set.path));
    if (!removed) return tl::unexpected(in_use(set));
  } else {
    std::optional<FileLock> held;  // until it is gone: nobody else clears it away
    TINTYPE_TRY(removal.last_of, make_unfinished(repository, set, if_last, held));
    if (!removal.last_of.empty()) return removal;
    const std::string partial = set.path + std::string(kPartialSuffix);
    std::error_code code;
    fs::remove_all(partial, code);
    if (code) return system_error(code.value(), "remove", partial);
  }
  verdicts.forget(set);
  TINTYPE_CHECK(sync_directory(repository.sets_path()));
  return removal;
}

}  // namespace tintype
