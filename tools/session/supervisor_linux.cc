#include "tools/session/supervisor.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>

#include "io/process_limits.h"
#include "tools/session/device_of_path.h"
#include "tools/session/json_events.h"
#include "tools/session/request_watch.h"
#include "tools/session/signals.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kStops{SIGHUP, SIGINT, SIGTERM};
constexpr std::array kHandled{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGCHLD, SIGTSTP};
constexpr double kLookSeconds = 0.25;
constexpr double kOneStopSeconds = 0.5;  // signals that come closer together are one
constexpr double kKillSeconds = 0.6;     // until a killed process that can end has ended

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
}

class Supervisor {
 public:
  Supervisor(const SupervisedRun& run, ToolEnv& env, const WorkerBoard& board, pid_t worker,
             const sigset_t& handled)
      : run_(run), env_(env), board_(board), worker_(worker), handled_(handled) {}

  int watch() {
    for (Clock::time_point last_look = Clock::now();;) {
      take_signal();
      if (const auto status = status_of_worker()) return ended(*status);
      const double seconds = seconds_since(last_look);
      if (seconds >= kLookSeconds) {
        last_look = Clock::now();
        board_.requests.read(seen_);
        if (!worker_is_stopped_) requests_.look(seen_, std::min(seconds, 2 * kLookSeconds));
      }
      if (killed_at_) {
        if (seconds_since(*killed_at_) >= kKillSeconds) return give_up(true);
      } else if (stop_ != 0 && seconds_since(stopped_at_) >= kStopSeconds) {
        kill_worker();
      } else if (run_.io_timeout_seconds > 0) {
        lost_ = requests_.lost(run_.io_timeout_seconds);
        if (lost_) kill_worker();
      }
    }
  }

 private:
  void take_signal() {
    const timespec patience{.tv_sec = 0,
                            .tv_nsec = stop_ != 0 || killed_at_ ? 20'000'000 : 250'000'000};
    const int number = ::sigtimedwait(&handled_, nullptr, &patience);
    if (number == SIGUSR1) ::kill(worker_, SIGUSR1);
    if (number == SIGTSTP) stop_with_worker();
    if (std::ranges::find(kStops, number) == kStops.end()) return;
    if (stop_ == 0) {
      stop_ = number;
      stopped_at_ = Clock::now();
      ::kill(worker_, number);
    } else if (seconds_since(stopped_at_) <= kOneStopSeconds) {
      // The same one, which the worker had too: if it was still pending there, ours was lost in it.
      ::kill(worker_, stop_);
    } else if (!killed_at_) {
      kill_worker();  // a second one: at once
    }
  }

  // Ctrl-Z has reached the worker as well; a signal to this process alone has not.
  void stop_with_worker() {
    ::kill(worker_, SIGTSTP);
    sigset_t one, before;
    ::sigemptyset(&one);
    ::sigaddset(&one, SIGTSTP);
    ::raise(SIGTSTP);
    ::sigprocmask(SIG_UNBLOCK, &one, &before);  // here it stops
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::kill(worker_, SIGCONT);
  }

  void kill_worker() {
    waited_for_ = lost_ ? lost_ : requests_.longest();
    killed_at_ = Clock::now();
    ::kill(worker_, SIGKILL);
  }

  // What waitpid() says of the end, once it has come.
  std::optional<int> status_of_worker() {
    for (;;) {
      int status = 0;
      const pid_t got = ::waitpid(worker_, &status, WNOHANG | WUNTRACED | WCONTINUED);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) return status;
      worker_is_stopped_ = WIFSTOPPED(status);
    }
  }

  int ended(int status) {
    if (killed_at_) return give_up(false);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (board_.ended.load() && WIFEXITED(status)) return code;
    if (WIFSIGNALED(status)) {
      const int number = WTERMSIG(status);
      const std::string what = fmt::format("the process that did the work ({}) was ended by {}",
                                           worker_, signal_name(number));
      if (number == SIGKILL)
        return tell(1, {{}, what, "by somebody, or by the kernel for want of memory: see dmesg"});
      return tell(1, {{}, "internal error: " + what, "please report it"});
    }
    if (const std::string words = board_.last_words.read(); !words.empty())
      return tell(code, {{}, words, ""});
    const int number = stop_ != 0 ? stop_ : code - 128;
    return tell(code, {{}, fmt::format("interrupted by {}", signal_name(number)), ""});
  }

  int give_up(bool alive) {
    std::string what, hint;
    if (lost_) {
      what = fmt::format("{}: it is called lost", waiting_text(*lost_));
      hint = "--io-timeout sets how long to wait";
    } else {
      what = fmt::format("interrupted by {}", signal_name(stop_));
      if (waited_for_ && waited_for_->seconds >= 1)
        what += ", with " + waiting_text(*waited_for_);
      else if (seconds_since(stopped_at_) >= kStopSeconds)
        what += fmt::format("; the job did not end within {} s and was killed", kStopSeconds);
      else
        what += " twice";
    }
    const std::string set = board_.set.read();
    if (!set.empty()) what += fmt::format("; the unfinished set {} stays", set);
    if (alive)
      what += fmt::format(
          "; process {} cannot end before the kernel lets it go, and keeps its locks until then",
          worker_);
    return tell(lost_ ? 1 : 128 + stop_, {{}, what, hint});
  }

  static std::string waiting_text(const WaitingRequest& request) {
    const std::string device = device_of_path(request.path);
    std::string text = fmt::format("no answer from {} for {:.0f} s to the {}", device,
                                   request.seconds, request.verb);
    if (device != request.path) text += " of " + request.path;
    if (request.offset != 0 || request.verb == "read" || request.verb == "write")
      text += fmt::format(" at offset {}", request.offset);
    return text;
  }

  int tell(int code, const Error& error) {
    if (env_.err_terminal) env_.err << "\r\x1b[K";  // a bar that the worker left
    env_.err << "tintype: " << printable(error.line()) << '\n' << std::flush;
    if (run_.json && !board_.ended.load()) {
      JsonEvents events(env_.out);
      events.write("error", JsonObject().add("text", error.what).add("hint", error.hint));
      events.write("summary", JsonObject()
                                  .add("command", run_.command)
                                  .add("exit_code", code)
                                  .add("error", error.line()));
    }
    return code;
  }

  const SupervisedRun& run_;
  ToolEnv& env_;
  const WorkerBoard& board_;
  const pid_t worker_;
  const sigset_t handled_;
  std::vector<InFlightBoard::Seen> seen_;
  RequestWatch requests_;
  std::optional<WaitingRequest> lost_, waited_for_;
  int stop_ = 0;  // the first that came
  Clock::time_point stopped_at_;
  std::optional<Clock::time_point> killed_at_;
  bool worker_is_stopped_ = false;
};

WorkerBoard* make_board() {
  void* const memory = ::mmap(nullptr, sizeof(WorkerBoard), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) WorkerBoard;
}

WorkerBoard* g_board = nullptr;  // the worker's

// Tasks must not throw, but memory or a thread may be refused to them too.
[[noreturn]] void on_terminate() {
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    g_board->last_words.write(
        "out of memory (raise the limit, or use fewer --tasks and a smaller --iodepth)");
    ::_exit(1);
  } catch (const std::system_error& error) {
    g_board->last_words.write(thread_error(error).line());
    ::_exit(1);
  } catch (...) {
  }
  std::abort();
}

}  // namespace

std::optional<int> supervise(const SupervisedRun& run, ToolEnv& env) {
  WorkerBoard* const board = make_board();
  if (board == nullptr) return std::nullopt;
  env.out.flush();
  env.err.flush();
  sigset_t handled, before;
  ::sigemptyset(&handled);
  for (const int number : kHandled) ::sigaddset(&handled, number);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, it would take the worker's end away from waitpid()
  ::sigprocmask(SIG_BLOCK, &handled, &before);
  const pid_t parent = ::getpid();
  const pid_t worker = ::fork();
  if (worker > 0) return Supervisor(run, env, *board, worker, handled).watch();
  if (worker == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it went before it could be watched
    follow_supervisor(parent);
    env.board = g_board = board;
    std::set_terminate(on_terminate);
    use_board(&board->requests);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return std::nullopt;
}

}  // namespace tintype
