#include <unistd.h>
#include <csignal>

#include "tools/signals.h"

namespace tintype {
namespace {

Signals* g_signals = nullptr;  // set before the handlers are

void on_stop(int number) {
  std::atomic<bool>* const flag = g_signals->stop_flag.load();
  if (flag == nullptr || g_signals->stop.exchange(number) != 0) ::_exit(128 + number);
  flag->store(true);
}

void on_status(int) {
  g_signals->status_wanted.store(true);
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

void install_signal_handlers(Signals& signals) {
  static_assert(std::atomic<std::atomic<bool>*>::is_always_lock_free);
  g_signals = &signals;
  handle(SIGINT, on_stop);
  handle(SIGTERM, on_stop);
  handle(SIGUSR1, on_status);
  // A reader of our output that goes away must not end a job, not even before it has begun.
  handle(SIGPIPE, SIG_IGN);
}

}  // namespace tintype
