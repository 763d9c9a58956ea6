#include "io/mounted_filesystem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <sstream>

namespace tintype {
namespace {

// mountinfo writes blanks, tabs, line ends and backslashes as \040 and so on.
std::string without_escapes(const std::string& word) {
  std::string plain;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 3 < word.size()) {
      plain += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 +
                                 (word[i + 3] - '0'));
      i += 3;
    } else {
      plain += word[i];
    }
  }
  return plain;
}

// Lines of /proc/self/mountinfo: "id parent major:minor root where options … - type source super".
void find_mount(std::uint64_t wanted_id, MountedFilesystem& found) {
  std::ifstream in("/proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::uint64_t id = 0;
    std::string parent, device, root, where, word;
    if (!(words >> id >> parent >> device >> root >> where) || id != wanted_id) continue;
    found.mount_point = without_escapes(where);
    while (words >> word && word != "-") continue;
    words >> found.type;
    return;
  }
}

}  // namespace

Result<MountedFilesystem> mounted_filesystem_of(const std::string& path) {
  MountedFilesystem found;
  struct statvfs space {};
  if (::statvfs(path.c_str(), &space) != 0) return system_error(errno, "inspect", path);
  found.free_bytes = std::uint64_t{space.f_bavail} * space.f_frsize;
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &status) == 0 &&
      (status.stx_mask & STATX_MNT_ID) != 0)
    find_mount(status.stx_mnt_id, found);
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
