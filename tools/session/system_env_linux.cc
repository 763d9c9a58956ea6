#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "tools/session/signals.h"
#include "tools/session/supervisor.h"
#include "tools/session/system_env.h"

namespace tintype {
namespace {

Signals g_signals;  // handlers outlive everything

unsigned terminal_columns() {
  struct winsize size {};
  for (const int handle : {STDERR_FILENO, STDOUT_FILENO})
    if (::ioctl(handle, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of a pipe whose other end was closed, as `head` does when it has seen enough.
bool reader_gone() {
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// One folder for all jobs of a user. Root's is the same in a login and in a timer's unit, of which
// only one has an XDG_RUNTIME_DIR.
std::string job_folder() {
  if (const auto chosen = variable("TINTYPE_JOB_FOLDER"); chosen && !chosen->empty())
    return *chosen;
  if (::geteuid() == 0) return "/run/tintype";
  const auto runtime = variable("XDG_RUNTIME_DIR");
  return runtime && runtime->starts_with('/') ? *runtime + "/tintype" : "";
}

}  // namespace

SystemEnv::SystemEnv(int argc, char** argv)
    : arguments_(argv + (argc > 0 ? 1 : 0), argv + argc),
      env_{.out = std::cout,
           .err = std::cerr,
           .in = std::cin,
           .signals = g_signals,
           .in_terminal = ::isatty(STDIN_FILENO) == 1,
           .out_terminal = ::isatty(STDOUT_FILENO) == 1,
           .err_terminal = ::isatty(STDERR_FILENO) == 1,
           .columns = terminal_columns,
           .now = steady_seconds,
           .variable = variable,
           .process_id = static_cast<std::uint64_t>(::getpid()),
           .reader_gone = reader_gone,
           .job_folder = job_folder(),
           .lower_priority = lower_priority,
           .supervise = supervise} {
  install_signal_handlers(g_signals);
}

}  // namespace tintype
