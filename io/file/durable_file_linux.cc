// The calls that change names. Kept apart because every system has its own.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "io/file/durable_file.h"
#include "io/in_flight.h"

namespace tintype {
namespace {

std::string parent_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// 0 or an errno. A file system that does not know RENAME_NOREPLACE says EINVAL: some network and
// FUSE file systems.
int rename_without_replacing(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // link() never replaces. Should we die between the two, the finished file has both names, and
  // the other one is a left-over.
  if (::link(from, to) == 0) return ::unlink(from) == 0 ? 0 : errno;
  // A folder, or no hard links here: look first, and live with the gap.
  struct stat status {};
  if (::lstat(to, &status) == 0) return EEXIST;
  if (errno != ENOENT) return errno;
  return ::rename(from, to) == 0 ? 0 : errno;
}

Result<void> sync_parents(const std::string& from, const std::string& to) {
  TINTYPE_CHECK(sync_directory(parent_of(to)));
  if (parent_of(from) != parent_of(to)) TINTYPE_CHECK(sync_directory(parent_of(from)));
  return {};
}

}  // namespace

Result<void> sync_directory(const std::string& path) {
  const InFlightMark mark("sync", path);
  const int handle = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return system_error(errno, "open the folder", path);
  // EINVAL: this file system has nothing to sync in a folder (some network file systems).
  const int error_number = ::fsync(handle) == 0 || errno == EINVAL ? 0 : errno;
  ::close(handle);
  if (error_number != 0) return system_error(error_number, "sync the folder", path);
  return {};
}

Result<bool> make_folder_durably(const std::string& path, Permissions permissions) {
  const mode_t mode = permissions == Permissions::owner_only ? 0700 : 0777;
  if (::mkdir(path.c_str(), mode) != 0) {
    const int error_number = errno;
    struct stat status {};
    // Not only EEXIST: a folder on a medium mounted read-only says EROFS.
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return false;
    return system_error(error_number, "make the folder", path);
  }
  TINTYPE_CHECK(sync_directory(parent_of(path)));
  return true;
}

Result<void> remove_file(const std::string& path) {
  const InFlightMark mark("deletion", path, 0, Patience::whenever);
  if (::unlink(path.c_str()) != 0) return system_error(errno, "delete", path);
  return {};
}

Result<void> rename_durably(const std::string& from, const std::string& to) {
  const InFlightMark mark("naming", to);
  if (const int error_number = rename_without_replacing(from.c_str(), to.c_str());
      error_number != 0)
    return system_error(error_number, "rename " + from + " to", to,
                        error_number == EEXIST ? "an existing name is never replaced" : "");
  return sync_parents(from, to);
}

void take_over_owner_and_mode(const File& file, const std::string& of) noexcept {
  struct stat status {};
  if (::stat(of.c_str(), &status) != 0) return;
  // Who may not give files away keeps it, in the old one's group where he is in that.
  if (::fchown(file.handle(), status.st_uid, status.st_gid) != 0)
    (void)!::fchown(file.handle(), static_cast<uid_t>(-1), status.st_gid);
  (void)::fchmod(file.handle(), status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO));
}

Result<void> replace_durably(const std::string& from, const std::string& to) {
  const InFlightMark mark("naming", to);
  if (::rename(from.c_str(), to.c_str()) != 0)
    return system_error(errno, "rename " + from + " to", to);
  return sync_parents(from, to);
}

}  // namespace tintype
