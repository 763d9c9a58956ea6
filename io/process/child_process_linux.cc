#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "io/handle.h"
#include "io/process/child_plan_linux.h"
#include "io/process/child_process.h"
#include "io/process_limits.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatienceAfterTerm = 5s;
constexpr std::size_t kErrorTextBytesMax = 64 << 10;

struct Pipe {
  Handle read, write;
  [[nodiscard]] bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = Handle(ends[0]);
    write = Handle(ends[1]);
    return true;
  }
};

// A file in memory that takes so much and no more: a program that never stops to complain neither
// fills the memory nor blocks.
int make_error_file() {
  const int handle = ::memfd_create("tintype-child-errors", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (handle >= 0 &&
      (::ftruncate(handle, ChildProcess::kOutputBytesMax) != 0 ||
       ::fcntl(handle, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)) {
    ::close(handle);
    return -1;
  }
  return handle;
}

std::string text_of(int handle) {
  if (handle < 0) return {};
  std::string text(ChildProcess::kOutputBytesMax, '\0');
  const ssize_t got = ::pread(handle, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (const auto end = text.find('\0'); end != std::string::npos) text.resize(end);
  return text;
}

std::chrono::milliseconds left_until(Clock::time_point until) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()), 0ms);
}

}  // namespace

// The thread that forks is the thread that waits: the kernel's promise to end the child with its
// parent is about the thread that made it.
class ChildProcess::Keeper {
 public:
  explicit Keeper(bool confined) : confined_(confined) {}

  Result<void> start(const Program& program) {
    const std::string& name = program.words.at(0);
    ChildPlan plan;
    plan.program = find_program(name);
    plan.words = program.words;
    plan.confined = confined_;
    if (plan.program.empty())
      return plain_error(fmt::format("{} is not installed", name),
                         "apt-get install " + program.package);
    const Handle nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Pipe output, failure;
    if (program.keep_errors) errors_ = Handle(make_error_file());
    if (!nothing.is_open() || (program.keep_errors && !errors_.is_open()) || !output.open() ||
        !failure.open())
      return system_error(errno, "start", name);
    const bool listens = program.listening_socket >= 0;
    plan.input = nothing.get();
    plan.output = listens ? nothing.get() : output.write.get();
    plan.errors = errors_.get();
    plan.notice = listens ? program.listening_socket : output.write.get();
    plan.notice_is_listening = listens;
    plan.failure = failure.write.get();
    plan.parent = ::getpid();
    plan.prepare();
    int error_number = 0;
    {
      std::unique_lock lock(mutex_);
      try {
        thread_ = std::jthread([this, &plan, &error_number] { keep(plan, error_number); });
      } catch (const std::system_error& error) {
        return tl::unexpected(thread_error(error));
      }
      news_.wait(lock, [&] { return started_; });
    }
    output.write.close();
    failure.write.close();
    // A successful exec closes the pipe without a word.
    if (error_number == 0 &&
        ::read(failure.read.get(), &error_number, sizeof error_number) != sizeof error_number)
      error_number = 0;
    if (error_number == ENOENT)
      return plain_error(fmt::format("{} is not installed", name),
                         "apt-get install " + program.package);
    if (error_number != 0) return system_error(error_number, "start", name);
    output_ = std::move(output.read);
    return {};
  }

  ~Keeper() { end(); }  // the thread is joined after that: it is the last member

  std::optional<std::string> read_output(std::chrono::milliseconds patience) {
    if (!output_.is_open()) return std::nullopt;
    struct pollfd one = {output_.get(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(patience.count(), 0))) <= 0)
      return "";
    std::array<char, 4096> piece;
    const ssize_t got = ::read(output_.get(), piece.data(), piece.size());
    if (got > 0) return std::string(piece.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno == EINTR) return "";
    output_.close();
    return std::nullopt;
  }

  std::optional<int> wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    news_.wait_for(lock, patience, [&] { return ended_; });
    return ended_ ? std::optional(exit_code_) : std::nullopt;
  }

  int end() noexcept {
    if (!confined_) {
      signal(SIGTERM);
      static_cast<void>(wait(kPatienceAfterTerm));
    }
    signal(SIGKILL);
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return ended_; });
    return exit_code_;
  }

  [[nodiscard]] std::string errors() const { return text_of(errors_.get()); }
  [[nodiscard]] int process_id() const noexcept { return process_id_; }

 private:
  void signal(int number) noexcept {
    const std::lock_guard lock(mutex_);
    if (!ended_) ::kill(process_id_, number);
  }

  void keep(ChildPlan& plan, int& error_number) {
    const pid_t child = ::fork();
    if (child == 0) plan.become();
    const int fork_error = errno;
    {
      const std::lock_guard lock(mutex_);
      process_id_ = child;
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
    int status = 0;
    pid_t taken = -1;
    do taken = ::waitpid(child, &status, 0);
    while (taken < 0 && errno == EINTR);
    // Somebody else took its status (SIGCHLD is ignored): it has ended, no more is known.
    exit_code_ = taken < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended_ = true;
    news_.notify_all();
  }

  const bool confined_;
  Handle output_, errors_;
  std::mutex mutex_;
  std::condition_variable news_;
  int process_id_ = -1;
  bool started_ = false;
  bool ended_ = true;  // until there is one
  int exit_code_ = 0;
  std::jthread thread_;
};

ChildProcess::ChildProcess(std::unique_ptr<Keeper> keeper) : keeper_(std::move(keeper)) {}
ChildProcess::ChildProcess(ChildProcess&& other) noexcept = default;
ChildProcess::~ChildProcess() = default;

Result<ChildProcess> ChildProcess::start(const Program& program) {
  auto keeper = std::make_unique<Keeper>(program.confined);
  TINTYPE_CHECK(keeper->start(program));
  return ChildProcess(std::move(keeper));
}

Result<ChildProcess::Outcome> ChildProcess::run(Program program, std::chrono::milliseconds limit) {
  program.keep_errors = true;
  const auto until = Clock::now() + limit;
  TINTYPE_TRY(ChildProcess process, start(program));
  Outcome outcome;
  while (left_until(until) > 0ms) {
    const auto said = process.read_output(left_until(until));
    if (!said) break;
    outcome.output += said->substr(0, kOutputBytesMax - outcome.output.size());
  }
  const auto exit_code = process.wait(left_until(until));
  if (!exit_code)
    return plain_error(fmt::format("{} did not end within {:g} s", program.words[0],
                                   std::chrono::duration<double>(limit).count()));
  outcome.exit_code = *exit_code;
  outcome.errors = process.keeper_->errors();
  return outcome;
}

std::optional<std::string> ChildProcess::read_output(std::chrono::milliseconds patience) {
  return keeper_->read_output(patience);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
  return keeper_->wait(patience);
}

int ChildProcess::end() noexcept {
  return keeper_ != nullptr ? keeper_->end() : 0;
}

std::string ChildProcess::error_text() const {
  std::string text = keeper_->errors();
  text.erase(0, text.size() - std::min(text.size(), kErrorTextBytesMax));
  return text;
}

int ChildProcess::process_id() const noexcept {
  return keeper_->process_id();
}

}  // namespace tintype
