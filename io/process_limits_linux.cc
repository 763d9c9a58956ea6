#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>

#include "io/process_limits.h"

namespace tintype {
namespace {

// The soft limit; RLIM_INFINITY if there is none.
rlim_t limit_of(int resource) {
  struct rlimit limit {};
  return ::getrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0 ? limit.rlim_cur
                                                                            : RLIM_INFINITY;
}

}  // namespace

std::string limit_hint(int error_number) {
  switch (error_number) {
    case EMFILE:
      return fmt::format("raise the limit of {} open files: ulimit -n, or LimitNOFILE= of the unit",
                         limit_of(RLIMIT_NOFILE));
    case ENFILE:
      return "the whole system has too many files open: sysctl fs.file-max";
    case EFBIG:
      if (const rlim_t bytes = limit_of(RLIMIT_FSIZE); bytes != RLIM_INFINITY)
        return fmt::format(
            "raise the limit of {} bytes a file: ulimit -f, or LimitFSIZE= of the unit", bytes);
      return "the target's file system has a file-size limit";
    case ENOMEM:
      if (const rlim_t bytes = limit_of(RLIMIT_AS); bytes != RLIM_INFINITY)
        return fmt::format("raise the limit of {} bytes of memory: ulimit -v", bytes);
      return "";
    default:
      return "";
  }
}

Error thread_error(const std::system_error& error) {
  const auto number = [](rlim_t limit) {
    return limit == RLIM_INFINITY ? std::string() : fmt::format("{} ", limit);
  };
  std::string hint =
      fmt::format("raise the limit of {}processes and threads: ulimit -u, or TasksMax= of the unit",
                  number(limit_of(RLIMIT_NPROC)));
  // Its stack is memory too.
  if (const std::string memory = limit_hint(ENOMEM); !memory.empty()) hint += "; or " + memory;
  return {error.code(), fmt::format("cannot start a thread: {}", error.code().message()),
          std::move(hint)};
}

}  // namespace tintype
