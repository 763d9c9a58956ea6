#include "engine/proof/remove_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "engine/manifest/set_name.h"
#include "engine/proof/set_standing.h"
#include "engine/proof/verdict_store.h"
#include "engine/repository/begun_record.h"

namespace tintype {
namespace {

constexpr int kWaitsMax = 1000;  // 10 s

bool is_readable(const SetEntry& set) {
  return set.finished && set.problem.empty();
}

bool holds(const SetEntry& set, const std::string& host, const std::string& source) {
  return set.manifest.host == host &&
         std::ranges::any_of(set.manifest.volumes,
                             [&](const VolumeManifest& volume) { return volume.source == source; });
}

bool is_held(const Error& error) {
  return error.code == std::errc::resource_unavailable_try_again;
}

bool has_no_locks(const Error& error) {
  return error.code == std::errc::no_lock_available ||
         error.code == std::errc::operation_not_supported ||
         error.code == std::errc::function_not_supported ||
         error.code == std::errc::invalid_argument;
}

// The file that makes it a repository serves as the lock: no other is left behind by a kill. Held
// for a moment only. None where the medium has no locks.
Result<std::unique_ptr<StoreLock>> lock_removals(const Repository& repository) {
  for (int i = 0;; ++i) {
    auto lock = repository.store()->try_lock(kHeadName);
    if (lock) return lock;
    if (has_no_locks(lock.error())) return std::unique_ptr<StoreLock>();
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
                                    IfLast if_last, std::unique_ptr<StoreLock>& held) {
  TINTYPE_TRY(const auto alone, lock_removals(repository));
  if (if_last == IfLast::keep) {
    TINTYPE_TRY(std::string last_of, last_backup_of(repository, set));
    if (!last_of.empty()) return last_of;
  }
  // So that whoever finds what a kill left knows that it is of no use.
  BegunRecord removed = begun_here();
  removed.removed = true;
  auto withdrawn = repository.store()->withdraw_set(set.key(), to_json(removed));
  if (!withdrawn && is_held(withdrawn.error())) return tl::unexpected(in_use(set));
  if (!withdrawn) return tl::unexpected(std::move(withdrawn).error());
  held = *std::move(withdrawn);
  return std::string();
}

}  // namespace

Result<Removal> remove_set(const Repository& repository, const SetEntry& set, IfLast if_last) {
  const ImageStore& store = *repository.store();
  Removal removal{.freed_bytes = store.sizes_of(set.key()).occupied_bytes};
  const VerdictStore verdicts(repository);
  if (set.path.ends_with(kPartialSuffix)) {
    TINTYPE_TRY(const bool removed, store.remove_unfinished(set.key()));
    if (!removed) return tl::unexpected(in_use(set));
  } else {
    std::unique_ptr<StoreLock> held;  // until it is gone: nobody else clears it away
    TINTYPE_TRY(removal.last_of, make_unfinished(repository, set, if_last, held));
    if (!removal.last_of.empty()) return removal;
    TINTYPE_CHECK(store.remove_withdrawn(set.key()));
  }
  verdicts.forget(set);
  return removal;
}

}  // namespace tintype
