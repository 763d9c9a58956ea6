#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tools/session/signals.h"

namespace tintype {
namespace {

Signals* g_signals = nullptr;            // set before the handlers are
volatile sig_atomic_t g_supervisor = 0;  // its process number

void on_stop(int number, siginfo_t* info, void*) {
  const int error_number = errno;
  const pid_t supervisor = g_supervisor;
  if (supervisor != 0 && info->si_pid != supervisor && ::getppid() == supervisor) {
    ::kill(supervisor, number);
  } else if (supervisor != 0 && info->si_pid == supervisor && g_signals->stop.load() != 0) {
    // Said twice, should the first have been lost in another's that was pending. At once is its
    // business: it kills.
  } else {
    std::atomic<bool>* const flag = g_signals->stop_flag.load();
    if (flag == nullptr || g_signals->stop.exchange(number) != 0) ::_exit(128 + number);
    flag->store(true);
  }
  errno = error_number;
}

void on_status(int, siginfo_t*, void*) {
  g_signals->status_wanted.store(true);
}

void handle(int number, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  ::sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void install_signal_handlers(Signals& signals) {
  static_assert(std::atomic<std::atomic<bool>*>::is_always_lock_free);
  g_signals = &signals;
  handle(SIGINT, on_stop);
  handle(SIGTERM, on_stop);
  if (!is_ignored(SIGHUP)) handle(SIGHUP, on_stop);  // nohup means it
  handle(SIGUSR1, on_status);
  // A reader of our output that goes away must not end a job, not even before it has begun.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

void follow_supervisor(int process_id) {
  g_supervisor = process_id;
}

}  // namespace tintype
