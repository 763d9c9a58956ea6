// A program started by a test, with its own streams: to be signalled while it runs.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tintype::test {

class ChildProgram {
 public:
  // `words`: the program's path, then its arguments.
  explicit ChildProgram(const std::vector<std::string>& words);
  ~ChildProgram();  // kills what still runs
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  // Reads standard output until `text` comes by; false if the program ends before.
  bool wait_for_output(const std::string& text);
  void signal(int number) const;
  // Reads the rest and waits. The exit code, or 128 + the number of the signal that killed it.
  int wait();

  [[nodiscard]] const std::string& out() const { return out_; }
  [[nodiscard]] const std::string& err() const { return err_; }

 private:
  bool read_some();  // from both streams; false at the end of both

  pid_t pid_ = -1;
  int out_handle_ = -1, err_handle_ = -1;
  std::string out_, err_;
};

}  // namespace tintype::test
