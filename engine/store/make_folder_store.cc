// How a folder becomes a repository, and what is to be said of one that is none.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/store/folder_store.h"
#include "engine/store/set_folder.h"
#include "hashing/counted.h"
#include "io/file/mount_table.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

std::string join(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

std::string sets_in(const std::string& path) {
  return join(path, "sets");
}

std::vector<std::string> names_in(const std::string& folder, std::error_code& code) {
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code))
    names.push_back(entry->path().filename());
  return names;
}

// A tintype.json that has not got its name yet.
bool is_aside(std::string_view name) {
  return name.starts_with(fmt::format("{}.", kHeadName));
}

// Whether a repository may be made here: nothing lies here but what a fresh file system or an
// interrupted or simultaneous init leaves.
bool is_fresh(const std::string& path) {
  std::error_code code;
  const std::vector<std::string> names = names_in(path, code);
  return !code && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    std::error_code ignored;
    return is_name_of_system(name) || is_aside(name) ||
           (name == "sets" && fs::is_empty(join(path, name), ignored));
  });
}

tl::unexpected<Error> no_repository(const std::string& path) {
  std::error_code ignored;
  if (const auto sets = finished_sets_in(sets_in(path)); sets > 0)
    return plain_error(
        fmt::format("{} has lost its {}, but has {}", path, kHeadName, counted(sets, "backup set")),
        adoption_hint(path));
  if (!fs::exists(path, ignored))
    return plain_error(fmt::format("there is no repository {}", path),
                       fmt::format("is its disk mounted? tintype init {} makes one", path));
  if (!fs::is_directory(path, ignored))
    return plain_error(fmt::format("{} is not a repository: it is no folder", path),
                       "tintype show and tintype verify take a single image, without ::");
  return plain_error(fmt::format("{} is not a repository: it has no {}", path, kHeadName),
                     is_fresh(path) ? fmt::format("tintype init {} makes it one", path)
                                    : "tintype init makes one, in a new or empty folder");
}

tl::unexpected<Error> already_one(const std::string& path) {
  return plain_error(fmt::format("{} is a repository already", path),
                     fmt::format("tintype versions {} shows what is in it", path));
}

}  // namespace

Error FolderStore::why_no_repository() const {
  return no_repository(path_).value();
}

Result<void> FolderStore::make(const std::string& path, std::string_view head, std::string_view id,
                               Permissions permissions) {
  TINTYPE_CHECK(refuse_device_folder(path));
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
    return plain_error(fmt::format("{} is no folder", path), "name an empty or new folder");
  // Only the last folder is made: a missing parent is more likely a disk that is not mounted.
  if (auto made = make_folder_durably(path, permissions); !made) {
    if (made.error().code == std::errc::no_such_file_or_directory)
      made.error().hint = "is its disk mounted? only the last folder is made";
    return tl::unexpected(std::move(made).error());
  }
  const std::string head_path = join(path, kHeadName);
  if (!is_fresh(path)) {
    std::error_code code;
    if (fs::exists(fs::symlink_status(head_path, code))) return already_one(path);
    if (code && code != std::errc::no_such_file_or_directory)
      return system_error(code.value(), "look into", path);
    if (finished_sets_in(sets_in(path)) > 0) return no_repository(path);
    return plain_error(fmt::format("{} is neither empty nor a repository", path),
                       "name an empty or new folder");
  }
  // First what lies in it, then the file that makes it one. That is written under a name that
  // nobody else takes and then renamed, so that of several exactly one is the first.
  TINTYPE_CHECK(make_folder_durably(sets_in(path), permissions));
  const std::string aside = fmt::format("{}.{}", head_path, id);
  auto written = write_durably(aside, head, permissions);
  if (written) written = rename_durably(aside, head_path);
  if (!written) {
    fs::remove(aside, ignored);
    if (fs::exists(head_path, ignored)) return already_one(path);
    return tl::unexpected(std::move(written).error());
  }
  for (const std::string& name : names_in(path, ignored))  // of those who came too late
    if (is_aside(name)) fs::remove(join(path, name), ignored);
  return {};
}

}  // namespace tintype
