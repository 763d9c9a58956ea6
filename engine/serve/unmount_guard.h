// Unmounts should this process be killed: a FUSE mount outlives its server, and everybody who
// touches it gets an error until somebody unmounts it.
//
// (libfuse's auto_unmount does the same, but asks the mount first whether its server is gone; a
// server that is just dying answers neither yes nor no, and the mount stays.)
#pragma once

#include <string>

#include "io/handle.h"
#include "io/result.h"

namespace tintype {

class UnmountGuard {
 public:
  // A process of its own waits for the end of this one. It holds no file of ours.
  [[nodiscard]] static Result<UnmountGuard> start(const std::string& mount_point);
  UnmountGuard(UnmountGuard&& other) noexcept;
  UnmountGuard& operator=(UnmountGuard&&) = delete;
  // Ends the guard without unmounting: that was done, or there is no mount.
  ~UnmountGuard();

 private:
  UnmountGuard(Handle alive, int process) : alive_(std::move(alive)), process_(process) {}

  Handle alive_;  // the end of a pipe: closed by the kernel, it tells of our death
  int process_;
};

}  // namespace tintype
