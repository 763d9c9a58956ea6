#include <fcntl.h>

#include <cerrno>
#include <climits>

#include "engine/restore/unpacked_files.h"

namespace tintype {
namespace {

// The folder a long path leads through, so far that the rest of it may be opened at once.
Result<Handle> enter(int folder, std::string& path, const std::string& shown) {
  Handle entered;
  while (path.size() >= PATH_MAX) {
    const std::size_t slash = path.rfind('/', PATH_MAX - 2);
    if (slash == std::string::npos) return system_error(ENAMETOOLONG, "open", shown);
    const int from = entered.is_open() ? entered.get() : folder;
    Handle next(::openat(from, path.substr(0, slash).c_str(),
                         O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.is_open()) return system_error(errno, "open", shown);
    entered = std::move(next);
    path.erase(0, slash + 1);
  }
  return entered;
}

}  // namespace

Result<UnpackedFiles> UnpackedFiles::open(std::string folder, std::vector<std::string> paths) {
  Handle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  // A folder that only its owner may enter, but not list, can still be the start of a path.
  if (!handle.is_open() && errno == EACCES)
    handle = Handle(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!handle.is_open()) return system_error(errno, "open the folder", folder);
  return UnpackedFiles(std::move(handle), std::move(folder), std::move(paths));
}

Result<std::optional<File>> UnpackedFiles::reopen(std::size_t file) {
  std::string path = paths_[file];
  TINTYPE_TRY(const Handle entered, enter(handle_.get(), path, shown(file)));
  const int from = entered.is_open() ? entered.get() : handle_.get();
  auto opened = File::open_source_in(from, path, shown(file), Caching::direct_if_possible);
  if (!opened && opened.error().code == std::errc::permission_denied) {
    forbidden_.push_back(paths_[file]);
    return std::nullopt;
  }
  if (!opened) return tl::unexpected(std::move(opened).error());
  return *std::move(opened);
}

}  // namespace tintype
