// A lock that other processes can ask about: as long as the holder lives, nobody else gets it, and
// when the holder dies, however it dies, the system gives it free. (flock(2) on Linux.)
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {

class FileLock {
 public:
  enum class IfMissing : bool { fail, create };

  // Never waits. Held by someone else (this process counts): resource_unavailable_try_again.
  // A file system without locks: another code.
  [[nodiscard]] static Result<FileLock> try_lock(const std::string& path, IfMissing if_missing);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();  // unlocks; the file stays

  // Whether the path still leads to the locked file. A lock on a file that was renamed or removed
  // between open and lock protects nothing: ask after locking.
  [[nodiscard]] bool still_named() const noexcept;

 private:
  FileLock(int handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  int handle_ = -1;
  std::string path_;
};

}  // namespace tintype
