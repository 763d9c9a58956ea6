#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "io/child_process.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatienceAfterTerm = 5s;
constexpr std::size_t kErrorTextBytesMax = 64 << 10;

class Handle {
 public:
  explicit Handle(int handle = -1) : handle_(handle) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }
  void reset() noexcept {
    if (handle_ >= 0) ::close(std::exchange(handle_, -1));
  }
  [[nodiscard]] int get() const noexcept { return handle_; }
  [[nodiscard]] int release() noexcept { return std::exchange(handle_, -1); }

 private:
  int handle_;
};

struct Pipe {
  Pipe(int read_end, int write_end) : read(read_end), write(write_end) {}
  Handle read, write;
};

bool open_pipe(std::optional<Pipe>& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe.emplace(ends[0], ends[1]);
  return true;
}

// Runs in the child, between fork and exec, where other threads' locks may be held for ever:
// nothing here allocates.
[[noreturn]] void become(char* const* words, pid_t parent, int in, int out, int err, int failure) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before we asked to be told
  failure = ::fcntl(failure, F_DUPFD_CLOEXEC, ChildProcess::kNoticeHandle + 1);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  if (err >= 0) ::dup2(err, STDERR_FILENO);
  ::dup2(STDOUT_FILENO, ChildProcess::kNoticeHandle);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(words[0], words);
  const int error_number = errno;
  static_cast<void>(!::write(failure, &error_number, sizeof error_number));
  ::_exit(127);
}

// Whether `handle` became readable (or closed) in time.
bool wait_readable(int handle, std::chrono::milliseconds patience) {
  struct pollfd one = {handle, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(patience.count(), 0))) > 0;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const Program& program) {
  const std::string& name = program.words[0];
  std::vector<char*> words;
  for (const std::string& word : program.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  std::optional<Pipe> output, failure;
  const Handle input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Handle errors(program.keep_errors ? ::memfd_create("errors", MFD_CLOEXEC) : -1);
  if (input.get() < 0 || (program.keep_errors && errors.get() < 0) || !open_pipe(output) ||
      !open_pipe(failure))
    return system_error(errno, "start", name);
  // Two writers of one file must not write over one another.
  if (errors.get() >= 0) ::fcntl(errors.get(), F_SETFL, O_APPEND);

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return system_error(errno, "start", name);
  if (child == 0)
    become(words.data(), parent, input.get(), output->write.get(), errors.get(),
           failure->write.get());

  ChildProcess process;  // from here on its destructor ends the child
  process.process_id_ = child;
  process.output_handle_ = output->read.release();
  process.errors_handle_ = errors.release();
  output->write.reset();
  failure->write.reset();
  // A successful exec closes the pipe without a word.
  int error_number = 0;
  if (::read(failure->read.get(), &error_number, sizeof error_number) == sizeof error_number)
    return error_number == ENOENT
               ? plain_error(name + " is not installed", "apt install " + program.package)
               : system_error(error_number, "start", name);
  // By its number: glibc 2.36 declares it for C alone.
  process.process_handle_ = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (process.process_handle_ < 0) return system_error(errno, "watch", name);
  return process;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : process_id_(std::exchange(other.process_id_, -1)),
      process_handle_(std::exchange(other.process_handle_, -1)),
      output_handle_(std::exchange(other.output_handle_, -1)),
      errors_handle_(std::exchange(other.errors_handle_, -1)),
      exit_code_(std::exchange(other.exit_code_, std::nullopt)) {}

ChildProcess::~ChildProcess() {
  end();
  for (const int handle : {process_handle_, output_handle_, errors_handle_})
    if (handle >= 0) ::close(handle);
}

std::optional<std::string> ChildProcess::read_output(std::chrono::milliseconds patience) {
  if (output_handle_ < 0) return std::nullopt;
  if (!wait_readable(output_handle_, patience)) return "";
  std::array<char, 4096> piece;
  const ssize_t got = ::read(output_handle_, piece.data(), piece.size());
  if (got > 0) return std::string(piece.data(), static_cast<std::size_t>(got));
  if (got < 0 && errno == EINTR) return "";
  ::close(std::exchange(output_handle_, -1));
  return std::nullopt;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
  if (exit_code_ || process_id_ < 0) return exit_code_;
  if (process_handle_ >= 0 && !wait_readable(process_handle_, patience)) return std::nullopt;
  int status = 0;
  const pid_t ended = ::waitpid(process_id_, &status, process_handle_ >= 0 ? WNOHANG : 0);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  // Somebody else took its status (SIGCHLD is ignored): it has ended, no more is known.
  exit_code_ = ended < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

int ChildProcess::end() noexcept {
  if (process_id_ < 0) return 0;
  const auto wait_until = [&](std::chrono::steady_clock::time_point until) {
    while (!exit_code_) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left <= 0ms) break;
      static_cast<void>(wait(left));
    }
  };
  if (!exit_code_) {
    ::kill(process_id_, SIGTERM);
    wait_until(std::chrono::steady_clock::now() + kPatienceAfterTerm);
  }
  if (!exit_code_) {
    ::kill(process_id_, SIGKILL);
    while (!exit_code_) static_cast<void>(wait(1s));
  }
  return *exit_code_;
}

std::string ChildProcess::error_text() const {
  if (errors_handle_ < 0) return {};
  const off_t size = ::lseek(errors_handle_, 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(std::min(static_cast<std::size_t>(size), kErrorTextBytesMax), '\0');
  const ssize_t got =
      ::pread(errors_handle_, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace tintype
