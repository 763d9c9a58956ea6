#include "engine/store/set_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/manifest/set_name.h"
#include "io/file/file_lock.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

// "20261122T181500Z-…"
bool begins_like_a_set(std::string_view name) {
  constexpr std::string_view kShape = "ddddddddTddddddZ-";
  return name.size() > kShape.size() &&
         std::equal(kShape.begin(), kShape.end(), name.begin(), [](char shape, char c) {
           return shape == 'd' ? c >= '0' && c <= '9' : shape == c;
         });
}

bool holds_manifest(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(folder / kManifestName, ignored));
}

bool holds_image(const fs::path& folder) {
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    if (entry->path().extension() == kImageSuffix) return true;
  return false;
}

}  // namespace

bool is_set_folder(const std::string& path) {
  const fs::path folder(path);
  const std::string name = folder.filename();
  std::error_code ignored;
  if (fs::symlink_status(folder, ignored).type() != fs::file_type::directory) return false;
  return name.ends_with(kPartialSuffix) || begins_like_a_set(name) || holds_manifest(folder) ||
         holds_image(folder);
}

std::uint64_t finished_sets_in(const std::string& sets_path) {
  std::uint64_t count = 0;
  std::error_code code;
  for (fs::directory_iterator entry(sets_path, code), end; !code && entry != end;
       entry.increment(code))
    if (!entry->path().native().ends_with(kPartialSuffix) && is_set_folder(entry->path()) &&
        holds_manifest(entry->path()))
      ++count;
  return count;
}

bool is_name_of_system(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 12> kNames{
      "lost+found",      "@eaDir",     "#recycle",     "#snapshot",
      ".snapshot",       ".snapshots", ".DS_Store",    ".fseventsd",
      ".Spotlight-V100", ".Trashes",   "$RECYCLE.BIN", "System Volume Information"};
  return std::ranges::find(kNames, name) != kNames.end();
}

Result<bool> remove_unfinished_folder(const std::string& path) {
  // Holding the lock keeps everybody else out; a name that moved meanwhile was committed.
  const auto lock =
      FileLock::try_lock(fmt::format("{}/{}", path, kLockName), FileLock::IfMissing::create);
  if (!lock) {
    if (lock.error().code == std::errc::resource_unavailable_try_again ||
        lock.error().code == std::errc::no_such_file_or_directory)
      return false;
    Error error = lock.error();
    error.hint = "cannot tell whether its backup still runs; if not, remove the folder by hand";
    return tl::unexpected(std::move(error));
  }
  if (!lock->still_named()) return false;
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return system_error(code.value(), "remove", path);
  return true;
}

}  // namespace tintype
