// How a child becomes the program that it is to be. Everything it needs is made before the fork:
// after it, in a process with threads, the child may call what is safe in a signal handler and
// nothing else.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <vector>

namespace tintype {

struct ChildPlan {
  std::string program;             // its file
  std::vector<std::string> words;  // its name, then its arguments
  bool confined = false;
  // Descriptors; those of -1 stay as they are. `failure` gets the errno of an exec that failed.
  int input = -1, output = -1, errors = -1, notice = -1, failure = -1;
  bool notice_is_listening = false;  // it is a socket, given as systemd gives it
  pid_t parent = 0;

  // Before the fork; nothing of the above changes afterwards.
  void prepare();
  // In the child. `parent` died: it ends at once.
  [[noreturn]] void become() noexcept;

 private:
  void confine() noexcept;
  void write_listen_pid() noexcept;

  std::vector<char*> arguments_, environment_;
  std::string path_, language_ = "LC_ALL=C", listen_fds_ = "LISTEN_FDS=1";
  std::array<char, 32> listen_pid_{};
};

// In the absolute folders of the PATH; "" if it is not there. A name with a slash is itself.
[[nodiscard]] std::string find_program(const std::string& name);

}  // namespace tintype
