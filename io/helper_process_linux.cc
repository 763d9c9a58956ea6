#include "io/helper_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <thread>

namespace tintype {
namespace {

// Far more than a disk image server takes, far less than would hurt.
constexpr rlim_t kAddressSpaceBytes = rlim_t{4} << 30;
constexpr int kListenDescriptor = 3;  // SD_LISTEN_FDS_START

class Descriptor {
 public:
  explicit Descriptor(int handle) : handle_(handle) {}
  ~Descriptor() {
    if (handle_ >= 0) ::close(handle_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return handle_; }

 private:
  int handle_;
};

// A file in memory that takes so much and no more: a helper that never stops to write neither
// fills the memory nor blocks.
int make_output() {
  const int handle = ::memfd_create("tintype-helper-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (handle >= 0 &&
      (::ftruncate(handle, HelperProcess::kOutputBytesMax) != 0 ||
       ::fcntl(handle, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
    ::close(handle);
    return -1;
  }
  return handle;
}

std::string text_of(int handle) {
  std::string text(HelperProcess::kOutputBytesMax, '\0');
  const ssize_t got = ::pread(handle, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (const auto end = text.find('\0'); end != std::string::npos) text.resize(end);
  return text;
}

std::string find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::string file = folder + "/" + name;
        folder.starts_with('/') && ::access(file.c_str(), X_OK) == 0)
      return file;
  return "";
}

// Everything that the child needs, made before the fork: after it, in a process with threads, the
// child may call what is safe in a signal handler and nothing else.
struct ChildPlan {
  std::string program;
  std::vector<std::string> words;
  std::vector<char*> arguments, environment;
  std::string path, language = "LC_ALL=C", listen_fds = "LISTEN_FDS=1";
  std::array<char, 32> listen_pid{};
  int input = -1, output = -1, errors = -1, listening_socket = -1;
  pid_t parent = 0;

  void prepare() {
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const char* const inherited = std::getenv("PATH");
    path = fmt::format("PATH={}", inherited != nullptr ? inherited : "/usr/bin:/bin");
    environment = {path.data(), language.data()};
    if (listening_socket >= 0) {
      environment.push_back(listen_fds.data());
      environment.push_back(listen_pid.data());
    }
    environment.push_back(nullptr);
  }

  void write_listen_pid() {
    constexpr std::string_view kName = "LISTEN_PID=";
    std::array<char, 16> digits{};
    std::size_t count = 0;
    for (pid_t rest = ::getpid(); rest > 0; rest /= 10)
      digits[count++] = static_cast<char>('0' + rest % 10);
    char* to = std::copy(kName.begin(), kName.end(), listen_pid.data());
    while (count > 0) *to++ = digits[--count];
    *to = '\0';
  }

  [[noreturn]] void become() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // it died before it could be watched
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::setsid();
    const rlimit memory{kAddressSpaceBytes, kAddressSpaceBytes}, no_core{0, 0};
    ::setrlimit(RLIMIT_AS, &memory);
    ::setrlimit(RLIMIT_CORE, &no_core);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // Ours may be 0 to 3 themselves, where the caller's were closed: up and out of the way first.
    const int from[] = {input, output, errors, listening_socket};
    int high[4];
    for (int i = 0; i < 4; ++i) high[i] = from[i] < 0 ? -1 : ::fcntl(from[i], F_DUPFD_CLOEXEC, 10);
    for (int i = 0; i < 4; ++i)
      if (high[i] >= 0 && ::dup2(high[i], i) < 0) ::_exit(127);
    static_assert(kListenDescriptor == 3);
    // Whatever this process was given by others and does not know of.
    ::close_range(listening_socket >= 0 ? 4 : 3, ~0u, CLOSE_RANGE_CLOEXEC);
    if (listening_socket >= 0) write_listen_pid();
    ::execve(program.c_str(), arguments.data(), environment.data());
    ::_exit(127);
  }
};

}  // namespace

// The thread that forks is the thread that waits: the kernel's promise to kill the child with its
// parent is about the thread that made it.
class HelperProcess::Keeper {
 public:
  Keeper() : output_(make_output()), errors_(make_output()) {}

  Result<void> start(const Request& request) {
    ChildPlan plan;
    plan.program = find_program(request.words.at(0));
    if (plan.program.empty())
      return plain_error(fmt::format("{} is not installed", request.words[0]),
                         "apt-get install " + request.package);
    const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (input.get() < 0 || output_.get() < 0 || errors_.get() < 0)
      return system_error(errno, "prepare to run", plan.program);
    plan.words = request.words;
    plan.input = input.get();
    plan.output = output_.get();
    plan.errors = errors_.get();
    plan.listening_socket = request.listening_socket;
    plan.parent = ::getpid();
    plan.prepare();
    int error_number = 0;
    std::unique_lock lock(mutex_);
    try {
      thread_ = std::jthread([this, &plan, &error_number] { keep(plan, error_number); });
    } catch (const std::system_error& error) {
      return system_error(error.code().value(), "start", "a thread for " + plan.program,
                          "raise the limit: ulimit -u");
    }
    news_.wait(lock, [&] { return started_; });
    if (error_number != 0) return system_error(error_number, "run", plan.program);
    return {};
  }

  ~Keeper() {
    const std::lock_guard lock(mutex_);
    if (child_ > 0) ::kill(child_, SIGKILL);
  }  // the thread is joined after that: it is the last member

  // False: it runs on.
  bool wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, limit, [&] { return ended_; });
  }

  [[nodiscard]] int exit_code() const { return exit_code_; }  // after wait()
  [[nodiscard]] std::string output() const { return text_of(output_.get()); }
  [[nodiscard]] std::string errors() const { return text_of(errors_.get()); }

 private:
  void keep(ChildPlan& plan, int& error_number) {
    const pid_t child = ::fork();
    if (child == 0) plan.become();
    const int fork_error = errno;
    {
      const std::lock_guard lock(mutex_);
      child_ = child;
      if (child < 0) error_number = fork_error;
      ended_ = child < 0;
      started_ = true;
      news_.notify_all();
    }
    if (child < 0) return;
    // Looked at without taking it away, so that the number stays the child's until nobody will
    // send it a signal any more.
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    const std::lock_guard lock(mutex_);
    child_ = -1;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended_ = true;
    news_.notify_all();
  }

  const Descriptor output_, errors_;
  std::mutex mutex_;
  std::condition_variable news_;
  pid_t child_ = -1;
  bool started_ = false, ended_ = false;
  int exit_code_ = 0;
  std::jthread thread_;
};

HelperProcess::HelperProcess(std::unique_ptr<Keeper> keeper) : keeper_(std::move(keeper)) {}
HelperProcess::HelperProcess(HelperProcess&& other) noexcept = default;
HelperProcess::~HelperProcess() = default;

Result<HelperProcess> HelperProcess::start(const Request& request) {
  auto keeper = std::make_unique<Keeper>();
  TINTYPE_CHECK(keeper->start(request));
  return HelperProcess(std::move(keeper));
}

Result<HelperProcess::Outcome> HelperProcess::run(const Request& request,
                                                  std::chrono::milliseconds limit) {
  TINTYPE_TRY(const HelperProcess helper, start(request));
  Keeper& keeper = *helper.keeper_;
  if (!keeper.wait(limit))
    return plain_error(fmt::format("{} did not end within {:g} s", request.words[0],
                                   std::chrono::duration<double>(limit).count()));
  return Outcome{keeper.exit_code(), keeper.output(), keeper.errors()};
}

std::string HelperProcess::errors() const {
  return keeper_->errors();
}

}  // namespace tintype
