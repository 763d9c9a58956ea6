// Everything the program takes from the world around it, so that tests run it in-process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "io/process/process_priority.h"

namespace tintype {

struct SupervisedRun;
struct WorkerBoard;

// What signal handlers leave behind; all lock-free.
struct Signals {
  std::atomic<int> stop{0};                // SIGINT, SIGTERM, SIGHUP: the first that came
  std::atomic<bool> status_wanted{false};  // SIGUSR1
  std::atomic<std::atomic<bool>*> stop_flag{nullptr};  // of the running job; null: end at once
};

struct ToolEnv {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  Signals& signals;
  bool in_terminal = false;
  bool out_terminal = false;
  bool err_terminal = false;
  std::function<unsigned()> columns;  // of the terminal, now: people resize windows
  std::function<double()> now;        // seconds, steady
  std::function<std::optional<std::string>(const std::string&)> variable;  // of the environment
  std::uint64_t process_id = 0;
  std::function<bool()> reader_gone = nullptr;  // nobody reads `out` any more
  // Where the sockets of running jobs lie; "": nowhere, jobs cannot be reached.
  std::string job_folder = "";
  std::function<Result<void>(const ProcessPriority&)> lower_priority = nullptr;  // for --nice
  // Starts the process that does the job; see tools/session/supervisor.h. Null: this one does it.
  std::function<std::optional<int>(const SupervisedRun&, ToolEnv&)> supervise = nullptr;
  WorkerBoard* board = nullptr;  // in such a process: what its parent sees of it
};

}  // namespace tintype
