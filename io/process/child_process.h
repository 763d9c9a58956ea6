// Another program that works for us, found on the PATH: started, listened to, and always ended.
//
// It gets no descriptor but those it is given, and reads nothing. It does not outlive its
// ChildProcess, nor this process, however that ends; the thread that started it may go. One that is
// fed with what strangers made is confined besides.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/result.h"

namespace tintype {

class ChildProcess {
 public:
  static constexpr int kNoticeHandle = 3;  // for programs that close their standard output
  static constexpr std::size_t kOutputBytesMax = 1 << 20;

  struct Program {
    std::vector<std::string> words;  // its name, then its arguments
    std::string package;             // Debian's, for the message that it is missing
    // Its standard error: ours, or kept for error_text(). Its output, and what it writes to
    // kNoticeHandle, is read_output()'s.
    bool keep_errors = false;
    // A session of its own (a ^C at the terminal is for us to answer), a fixed amount of memory, no
    // variables but PATH, no new privileges; it is killed and not asked to end.
    bool confined = false;
    // Given as systemd gives it: descriptor 3, LISTEN_FDS=1. There is no output and no notice then.
    int listening_socket = -1;
  };
  [[nodiscard]] static Result<ChildProcess> start(const Program& program);

  struct Outcome {
    int exit_code = 0;
    std::string output, errors;  // the first kOutputBytesMax; what comes behind is lost
  };
  // Runs it to its end. One that has not ended in time is ended, and that is an error.
  [[nodiscard]] static Result<Outcome> run(Program program, std::chrono::milliseconds limit);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  // end()

  // What it printed, as soon as there is something; "" when the time is over, nothing when it has
  // closed its output: it has ended, or is about to.
  [[nodiscard]] std::optional<std::string> read_output(std::chrono::milliseconds patience);
  // Its exit code, or 128 + the signal that ended it; nothing if it still runs when the time is
  // over.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds patience);
  // Asks it to end (SIGTERM), and after five seconds no longer asks. Returns as wait() does.
  int end() noexcept;
  // The end of what it said on standard error, if that was to be kept.
  [[nodiscard]] std::string error_text() const;

  [[nodiscard]] int process_id() const noexcept;

 private:
  class Keeper;
  explicit ChildProcess(std::unique_ptr<Keeper> keeper);
  std::unique_ptr<Keeper> keeper_;  // null: moved from
};

}  // namespace tintype
