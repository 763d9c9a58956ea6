#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/serve/unmount_guard.h"

namespace tintype {
namespace {

// A line means that all is well. Lazily: who still reads from the mount gets errors, and holds up
// nobody.
constexpr const char* kScript = R"(read -r ended || exec fusermount3 -u -z -- "$1")";

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// A session of its own, and deaf to what ends ours: its work begins when we are gone.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&blocked, number);
    ::posix_spawnattr_setsigmask(&attributes_, &blocked);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<UnmountGuard> UnmountGuard::start(const std::string& mount_point) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "watch over", mount_point);
  const Handle theirs(ends[0]);
  Handle ours(ends[1]);
  FileActions actions;
  ::posix_spawn_file_actions_adddup2(actions.get(), theirs.get(), STDIN_FILENO);
  for (const int handle : {STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_addopen(actions.get(), handle, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), STDERR_FILENO + 1);
  const Attributes attributes;
  std::string words[] = {"sh", "-c", kScript, "tintype-unmount-guard", mount_point};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  pid_t process = -1;
  if (const int error_number =
          ::posix_spawn(&process, "/bin/sh", actions.get(), attributes.get(), arguments, environ);
      error_number != 0)
    return system_error(error_number, "watch over", mount_point);
  return UnmountGuard(std::move(ours), process);
}

UnmountGuard::UnmountGuard(UnmountGuard&& other) noexcept
    : alive_(std::move(other.alive_)), process_(std::exchange(other.process_, -1)) {}

UnmountGuard::~UnmountGuard() {
  if (process_ < 0) return;
  static_cast<void>(!::write(alive_.get(), "\n", 1));
  alive_.close();
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace tintype
