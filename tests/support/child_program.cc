#include "support/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

extern char** environ;

namespace tintype::test {

ChildProgram::ChildProgram(const std::vector<std::string>& words) {
  int out[2], err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0)
    throw std::runtime_error("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int code = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  ::close(err[1]);
  out_handle_ = out[0];
  err_handle_ = err[0];
  if (code != 0) throw std::runtime_error("cannot start " + words[0]);
}

ChildProgram::~ChildProgram() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_handle_ >= 0) ::close(out_handle_);
  if (err_handle_ >= 0) ::close(err_handle_);
}

bool ChildProgram::read_some() {
  struct pollfd streams[2] = {{out_handle_, POLLIN, 0}, {err_handle_, POLLIN, 0}};  // -1 is skipped
  if (out_handle_ < 0 && err_handle_ < 0) return false;
  ::poll(streams, 2, -1);
  char piece[4096];
  const auto take = [&](const struct pollfd& stream, int& handle, std::string& text) {
    if (handle < 0 || stream.revents == 0) return;
    const ssize_t got = ::read(handle, piece, sizeof piece);
    if (got > 0) {
      text.append(piece, static_cast<std::size_t>(got));
    } else {
      ::close(handle);
      handle = -1;
    }
  };
  take(streams[0], out_handle_, out_);
  take(streams[1], err_handle_, err_);
  return true;
}

bool ChildProgram::wait_for_output(const std::string& text) {
  while (out_.find(text) == std::string::npos)
    if (!read_some()) return false;
  return true;
}

void ChildProgram::signal(int number) const {
  ::kill(pid_, number);
}

int ChildProgram::wait() {
  while (read_some()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tintype::test
