// Another program that works for us, and never longer than we live.
//
// It gets no descriptor but the ones it is given, reads /dev/null, runs in a session of its own (a
// ^C at the terminal is for us to answer), may take no more than a fixed amount of memory, and is
// killed when its HelperProcess goes away, or when this process dies, however it dies.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "io/result.h"

namespace tintype {

class HelperProcess {
 public:
  struct Request {
    std::vector<std::string> words;  // words[0] is looked for in PATH
    std::string package;             // which has it, for the message that it is missing
    int listening_socket = -1;       // given as systemd gives it: descriptor 3, LISTEN_FDS=1
  };

  [[nodiscard]] static Result<HelperProcess> start(const Request& request);
  // Runs it to its end and returns what it wrote. Ended with another code than 0, or not ended in
  // time: an error with its last words.
  struct Outcome {
    int exit_code = 0;
    std::string output, errors;
  };
  [[nodiscard]] static Result<Outcome> run(const Request& request, std::chrono::milliseconds limit);

  HelperProcess(HelperProcess&& other) noexcept;
  HelperProcess& operator=(HelperProcess&&) = delete;
  ~HelperProcess();

  // What it has written on standard error, up to kOutputBytesMax; what comes behind is lost.
  [[nodiscard]] std::string errors() const;

  static constexpr std::size_t kOutputBytesMax = 1 << 20;

 private:
  class Keeper;
  explicit HelperProcess(std::unique_ptr<Keeper> keeper);
  std::unique_ptr<Keeper> keeper_;
};

}  // namespace tintype
