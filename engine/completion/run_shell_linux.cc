#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "engine/completion/run_shell.h"

namespace tintype {

Result<int> run_shell(const std::string& command,
                      const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> kept;
  for (const auto& [name, value] : variables) kept.push_back(name + "=" + value);
  const auto is_replaced = [&](std::string_view inherited) {
    for (const auto& [name, value] : variables)
      if (inherited.starts_with(name + "=")) return true;
    return false;
  };
  std::vector<char*> environment;
  for (char** one = environ; *one != nullptr; ++one)
    if (!is_replaced(*one)) environment.push_back(*one);
  for (std::string& one : kept) environment.push_back(one.data());
  environment.push_back(nullptr);

  std::string shell = "/bin/sh", flag = "-c", text = command;
  char* arguments[] = {shell.data(), flag.data(), text.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int error_number =
      ::posix_spawn(&child, shell.c_str(), &actions, nullptr, arguments, environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error_number != 0) return system_error(error_number, "run", shell);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return system_error(errno, "wait for", command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tintype
