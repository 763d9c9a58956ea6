// Another program that works for us, found on the PATH: started, listened to, and always ended. It
// does not outlive this process, however that ends, nor the thread that started it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/result.h"

namespace tintype {

class ChildProcess {
 public:
  static constexpr int kNoticeHandle = 3;  // for programs that close their standard output

  struct Program {
    std::vector<std::string> words;  // its name, then its arguments
    std::string package;             // Debian's, for the message that it is missing
    // Its standard error: ours, or kept for error_text(). Its input is empty; its output, and what
    // it writes to kNoticeHandle, is read_output()'s.
    bool keep_errors = false;
  };
  [[nodiscard]] static Result<ChildProcess> start(const Program& program);
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

  [[nodiscard]] int process_id() const noexcept { return process_id_; }

 private:
  ChildProcess() = default;
  int process_id_ = -1;
  int process_handle_ = -1;  // readable when it has ended
  int output_handle_ = -1;
  int errors_handle_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace tintype
