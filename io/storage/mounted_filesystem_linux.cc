#include "io/storage/mounted_filesystem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "io/file/mount_table.h"

namespace tintype {

Result<MountedFilesystem> mounted_filesystem_of(const std::string& path) {
  MountedFilesystem found;
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return system_error(errno, "inspect", path);
  found.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
  if (auto mount = mount_of(path)) {
    found.type = std::move(mount->type);
    found.mount_point = std::move(mount->where);
  }
  return found;
}

bool open_to_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

std::size_t name_bytes_max(const std::string& folder) {
  constexpr std::size_t kUsual = 255, kLeast = 64;  // no file system of today has less
  const long told = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  return told <= 0 ? kUsual : std::max(static_cast<std::size_t>(told), kLeast);
}

std::size_t path_bytes_max() noexcept {
  return PATH_MAX - 1;  // it counts the byte that ends it
}

Result<void> check_folder(const std::string& path, bool is_written) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(errno, "look into", path);
  if (!S_ISDIR(status.st_mode)) return plain_error(path + " is not a folder");
  // With the rights that will count, which are not those of the real user.
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | X_OK, AT_EACCESS) != 0)
    return system_error(errno, "look into", path);
  if (is_written && ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return system_error(errno, "change anything in", path);
  return {};
}

}  // namespace tintype
