#include "io/process/child_plan_linux.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <string_view>

namespace tintype {
namespace {

// Far more than a disk image server takes, far less than would hurt.
constexpr rlim_t kAddressSpaceBytes = rlim_t{4} << 30;

const char* search_path() {
  const char* const path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/bin:/bin";
}

}  // namespace

std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  std::istringstream folders(search_path());
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::string file = folder + "/" + name;
        folder.starts_with('/') && ::access(file.c_str(), X_OK) == 0)
      return file;
  return "";
}

void ChildPlan::prepare() {
  for (std::string& word : words) arguments_.push_back(word.data());
  arguments_.push_back(nullptr);
  if (confined) {
    path_ = fmt::format("PATH={}", search_path());
    environment_ = {path_.data(), language_.data()};
  } else {
    for (char** variable = environ; *variable != nullptr; ++variable)
      environment_.push_back(*variable);
  }
  if (notice_is_listening) {
    environment_.push_back(listen_fds_.data());
    environment_.push_back(listen_pid_.data());
  }
  environment_.push_back(nullptr);
}

void ChildPlan::write_listen_pid() noexcept {
  constexpr std::string_view kName = "LISTEN_PID=";
  std::array<char, 16> digits{};
  std::size_t count = 0;
  for (pid_t rest = ::getpid(); rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  char* to = std::copy(kName.begin(), kName.end(), listen_pid_.data());
  while (count > 0) *to++ = digits[--count];
  *to = '\0';
}

void ChildPlan::confine() noexcept {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::setsid();
  const rlimit memory{kAddressSpaceBytes, kAddressSpaceBytes}, no_core{0, 0};
  ::setrlimit(RLIMIT_AS, &memory);
  ::setrlimit(RLIMIT_CORE, &no_core);
}

void ChildPlan::become() noexcept {
  ::prctl(PR_SET_PDEATHSIG, confined ? SIGKILL : SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before it could be watched
  if (confined) confine();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  // Ours may be 0 to 3 themselves, where the caller's were closed: up and out of the way first.
  const int up = ::fcntl(failure, F_DUPFD_CLOEXEC, 10);
  const int from[] = {input, output, errors, notice};
  int high[4];
  for (int i = 0; i < 4; ++i) high[i] = from[i] < 0 ? -1 : ::fcntl(from[i], F_DUPFD_CLOEXEC, 10);
  for (int i = 0; i < 4; ++i)
    if (high[i] >= 0 && ::dup2(high[i], i) < 0) ::_exit(127);
  // Whatever this process was given by others and does not know of.
  ::close_range(4, ~0u, CLOSE_RANGE_CLOEXEC);
  if (notice_is_listening) write_listen_pid();
  ::execve(program.c_str(), arguments_.data(), environment_.data());
  const int error_number = errno;
  static_cast<void>(!::write(up, &error_number, sizeof error_number));
  ::_exit(127);
}

}  // namespace tintype
