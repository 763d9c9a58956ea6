// The sets of a repository in a folder, and the two moments that matter: a set begins under a lock
// and under a name that says "unfinished", and it is committed by one rename.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "engine/manifest/set_name.h"
#include "engine/store/folder_store.h"
#include "engine/store/set_folder.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr int kSameSecondMax = 100;

bool is_held(const Error& error) {
  return error.code == std::errc::resource_unavailable_try_again;
}

bool is_missing(const Error& error) {
  return error.code == std::errc::no_such_file_or_directory;
}

std::string join(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

}  // namespace

Result<std::vector<std::string>> FolderStore::list_sets() const {
  std::vector<std::string> keys;
  std::error_code code;
  fs::directory_iterator entry(sets_path(), code);
  if (code == std::errc::no_such_file_or_directory) return keys;
  for (const fs::directory_iterator end; !code && entry != end; entry.increment(code))
    if (is_set_folder(entry->path())) keys.push_back(entry->path().filename());
  if (code) return system_error(code.value(), "list", sets_path());
  return keys;
}

std::uint64_t FolderStore::finished_sets() const {
  return finished_sets_in(sets_path());
}

ImageStore::Sizes FolderStore::sizes_of(const std::string& key) const {
  return sizes_in(path_of(set_object(key)));
}

ImageStore::Life FolderStore::life_of(const std::string& key) const {
  const auto lock =
      FileLock::try_lock(path_of(set_object(key, kLockName)), FileLock::IfMissing::fail);
  if (lock || is_missing(lock.error())) return Life::dead;
  return is_held(lock.error()) ? Life::running : Life::untold;
}

Result<std::string> FolderStore::begin_set(const std::string& name, Permissions permissions) {
  TINTYPE_CHECK(make_folder_durably(sets_path(), permissions));  // should somebody have removed it
  for (int attempt = 1; attempt <= kSameSecondMax; ++attempt) {
    const std::string final_name = attempt == 1 ? name : fmt::format("{}-{}", name, attempt);
    const std::string final_path = join(sets_path(), final_name);
    const std::string key = fmt::format("{}{}", final_name, kPartialSuffix);
    const std::string partial = join(sets_path(), key);
    std::error_code code;
    if (fs::exists(final_path, code)) continue;
    const auto made = make_folder_durably(partial, permissions);
    if (!made && made.error().code == std::errc::file_exists) continue;  // and was committed since
    if (!made) return tl::unexpected(made.error());
    if (!*made) continue;  // it is there already
    // Between the two looks another may have begun and finished a set of this name.
    if (fs::exists(final_path, code)) {
      fs::remove(partial, code);
      continue;
    }
    auto lock = FileLock::try_lock(join(partial, kLockName), FileLock::IfMissing::create);
    // Someone who lists the sets holds a new lock for an instant to see whether it is held.
    for (int i = 0; !lock && is_held(lock.error()) && i < 50; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      lock = FileLock::try_lock(join(partial, kLockName), FileLock::IfMissing::create);
    }
    if (lock && lock->still_named()) {
      held_.insert_or_assign(key, *std::move(lock));
    } else if (lock || is_held(lock.error()) || is_missing(lock.error())) {
      continue;  // removed as a left-over before we had the lock: take the next name
    }
    // A medium without locks: the backup may run, and says so; nobody will guess whether it does.
    return key;
  }
  return plain_error(fmt::format("cannot find a free name like {} in {}", name, sets_path()));
}

bool FolderStore::is_locked(const std::string& key) const {
  return held_.contains(key);
}

Result<void> FolderStore::commit_set(const std::string& name, std::string_view manifest,
                                     Permissions permissions) {
  const std::string key = fmt::format("{}{}", name, kPartialSuffix);
  TINTYPE_CHECK(write_text(set_object(key, kManifestName), manifest, permissions));
  TINTYPE_CHECK(rename_durably(path_of(set_object(key)), path_of(set_object(name))));
  // Holds: the set is finished. The lock file is litter now; failing to remove it harms nobody.
  // (Removed before the rename it would expose the set to others' removal for a moment.)
  discard(set_object(name, kBegunName));
  discard(set_object(name, kLockName));
  held_.erase(key);
  return {};
}

Result<bool> FolderStore::remove_unfinished(const std::string& key) const {
  TINTYPE_TRY(const bool removed, remove_unfinished_folder(path_of(set_object(key))));
  if (removed) TINTYPE_CHECK(sync_directory(sets_path()));
  return removed;
}

Result<void> FolderStore::remove_withdrawn(const std::string& name) const {
  const std::string path = path_of(set_object(name)) + std::string(kPartialSuffix);
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return system_error(code.value(), "remove", path);
  return sync_directory(sets_path());
}

}  // namespace tintype
