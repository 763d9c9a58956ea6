#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/process/process_priority.h"

namespace tintype {
namespace {

// From linux/ioprio.h, which is no C++ in some releases (Debian's linux-libc-dev 6.1.192 names a
// parameter `class`). The numbers are the kernel's interface, see ioprio_set(2).
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioClassBestEffort = 2;
constexpr int kIoprioClassIdle = 3;
constexpr int kIoprioClassShift = 13;

}  // namespace

Result<void> lower_priority(const ProcessPriority& priority) {
  errno = 0;
  const int nice_before = ::getpriority(PRIO_PROCESS, 0);  // who 0: this thread
  const int nice = std::max(priority.nice, errno == 0 ? nice_before : 0);
  if (::setpriority(PRIO_PROCESS, 0, nice) != 0)
    return system_error(errno, "lower", fmt::format("the priority to nice {}", nice));
  // A thread without a class of its own is served as its nice value says: level (nice + 20) / 5 of
  // the best-effort class. It is set all the same, for a class may have been inherited.
  // Classes and levels are numbered from the best to the worst.
  const long wanted = priority.idle_io
                          ? kIoprioClassIdle << kIoprioClassShift
                          : (kIoprioClassBestEffort << kIoprioClassShift) + (nice + 20) / 5;
  const long before = ::syscall(SYS_ioprio_get, kIoprioWhoProcess, 0);
  if (before < wanted && ::syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, wanted) != 0)
    return system_error(errno, "lower", "the priority of I/O");
  return {};
}

}  // namespace tintype
