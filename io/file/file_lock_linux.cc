#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/file/file_lock.h"
#include "io/in_flight.h"

namespace tintype {

Result<FileLock> FileLock::try_lock(const std::string& path, IfMissing if_missing) {
  const int create = if_missing == IfMissing::create ? O_CREAT : 0;
  // Writable: NFS and SMB clients turn flock into a byte-range lock, which needs it.
  const int handle =
      ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | create, 0600);
  if (handle < 0) return system_error(errno, "open", path);
  FileLock lock(handle, path);
  const InFlightMark mark("locking", path);
  while (::flock(handle, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return system_error(errno == EWOULDBLOCK ? EAGAIN : errno, "lock", path);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)), path_(std::move(other.path_)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(path_, other.path_);
  return *this;
}

FileLock::~FileLock() {
  if (handle_ >= 0) ::close(handle_);
}

bool FileLock::still_named() const noexcept {
  struct stat held {
  }, named{};
  return ::fstat(handle_, &held) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

}  // namespace tintype
