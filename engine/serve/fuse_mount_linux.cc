#include <fcntl.h>
#include <fmt/format.h>
#include <mntent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "engine/serve/fuse_mount.h"
#include "engine/serve/image_folder_linux.h"
#include "engine/serve/unmount_guard.h"
#include "io/process/child_process.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::array kEndingSignals{SIGHUP, SIGINT, SIGTERM};
constexpr std::string_view kType = "fuse.tintype";

// Signals go to the main thread, which waits for them: threads that are started meanwhile inherit
// that they are blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// libfuse handles only signals that nobody else handles.
class DefaultSignals {
 public:
  DefaultSignals() {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
      ::sigaction(kEndingSignals[i], &standard, &before_[i]);
  }
  ~DefaultSignals() {
    for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
      ::sigaction(kEndingSignals[i], &before_[i], nullptr);
  }

 private:
  std::array<struct sigaction, kEndingSignals.size()> before_;
};

// What libfuse says goes into our error: it has no other way to tell why.
std::mutex g_fuse_mutex;
std::string g_fuse_words;
void keep_fuse_words(fuse_log_level, const char* format, va_list arguments) {
  char line[512];
  if (std::vsnprintf(line, sizeof line, format, arguments) <= 0) return;
  const std::lock_guard lock(g_fuse_mutex);
  g_fuse_words = line;
  while (g_fuse_words.ends_with('\n')) g_fuse_words.pop_back();
}

std::string why_not() {
  if (::access("/dev/fuse", F_OK) != 0)
    return "there is no /dev/fuse here: modprobe fuse, or allow it in the container";
  const std::lock_guard lock(g_fuse_mutex);
  return g_fuse_words.empty() ? "is the package fuse3 installed?" : g_fuse_words;
}

class FuseSession {
 public:
  explicit FuseSession(ImageFolder& folder) {
    ::fuse_set_log_func(keep_fuse_words);
    fuse_args args = FUSE_ARGS_INIT(0, nullptr);
    for (const char* const word :
         {"tintype", "-o", "ro,default_permissions,fsname=tintype,subtype=tintype"})
      ::fuse_opt_add_arg(&args, word);
    session_ =
        ::fuse_session_new(&args, &ImageFolder::operations(), sizeof(fuse_lowlevel_ops), &folder);
    ::fuse_opt_free_args(&args);
  }
  FuseSession(const FuseSession&) = delete;
  FuseSession& operator=(const FuseSession&) = delete;
  ~FuseSession() {
    if (session_ != nullptr) ::fuse_session_destroy(session_);
  }

  [[nodiscard]] Result<void> serve(const std::string& mount_point) {
    TINTYPE_TRY(const UnmountGuard guard, UnmountGuard::start(mount_point));
    if (session_ == nullptr || ::fuse_session_mount(session_, mount_point.c_str()) != 0)
      return plain_error(fmt::format("cannot mount on {}", mount_point), why_not());
    const DefaultSignals standard;
    ::fuse_set_signal_handlers(session_);
    fuse_loop_config* const config = ::fuse_loop_cfg_create();
    ::fuse_loop_cfg_set_clone_fd(config, 1);
    const int code = ::fuse_session_loop_mt(session_, config);
    ::fuse_loop_cfg_destroy(config);
    ::fuse_remove_signal_handlers(session_);
    ::fuse_session_unmount(session_);
    // A positive number is the signal that ended it.
    if (code < 0) return system_error(-code, "serve", mount_point);
    return {};
  }

 private:
  fuse_session* session_;
};

// What a background process sends when it is up, or in front of why it is not.
constexpr char kUp = '+', kFailed = '-';

void send(int handle, std::string_view text) {
  static_cast<void>(!::write(handle, text.data(), text.size()));
}

std::string first_line_in(int handle) {
  char text[512];
  const ssize_t got = ::pread(handle, text, sizeof text, 0);
  const std::string_view all(text, got < 0 ? 0 : static_cast<std::size_t>(got));
  return std::string(all.substr(0, all.find('\n')));
}

// Ends as its caller's process ends. `report` is the pipe to the parent.
[[noreturn]] void run_background(const ServedImages& images, FuseMountOptions options, int report) {
  ::setsid();
  static_cast<void>(!::chdir("/"));
  ::openlog("tintype", LOG_PID, LOG_DAEMON);
  // Nothing that stays may hold what our caller listens to.
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int errors = ::memfd_create("errors", MFD_CLOEXEC);
  for (const int handle : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(nothing, handle);
  ::dup2(errors, STDERR_FILENO);
  bool up = false;
  options.on_up = [&] {
    ::dup2(nothing, STDERR_FILENO);
    send(report, {&kUp, 1});
    ::close(report);
    up = true;
  };
  options.on_trouble = [](std::string_view line) {
    ::syslog(LOG_ERR, "%s", std::string(line).c_str());
  };
  const auto served = serve_mount(images, options);
  if (served) ::_exit(0);
  if (up) {
    ::syslog(LOG_ERR, "%s", served.error().line().c_str());
  } else {
    const std::string said = first_line_in(errors);
    send(report,
         kFailed + served.error().what + '\n' + (said.empty() ? served.error().hint : said));
  }
  ::_exit(1);
}

Result<void> check_folder(const std::string& folder) {
  std::error_code code;
  if (fs::is_directory(folder, code)) return {};
  if (code == std::errc::not_connected)
    return plain_error(fmt::format("{} is a mount whose server is gone", folder),
                       fmt::format("fusermount3 -u {}", folder));
  return plain_error(fmt::format("{} is not a folder", folder), "make it first: mkdir");
}

}  // namespace

Result<void> serve_mount(const ServedImages& images, const FuseMountOptions& options) {
  TINTYPE_CHECK(check_folder(options.folder));
  ImageVolume::Options each = options.volume;
  each.cache_bytes /= std::max<std::size_t>(images.size(), 1);
  {
    const SignalsBlocked blocked;
    for (const auto& image : images) image->start(each);
  }
  ImageFolder folder(images, options);
  FuseSession session(folder);
  return session.serve(fs::absolute(options.folder).string());
}

Result<void> mount_in_background(const ServedImages& images, FuseMountOptions options) {
  TINTYPE_CHECK(check_folder(options.folder));
  options.folder = fs::absolute(options.folder).string();
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return system_error(errno, "mount on", options.folder);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(report[0]);
    run_background(images, std::move(options), report[1]);
  }
  ::close(report[1]);
  std::string said;
  if (child > 0) {
    char piece[512];
    for (ssize_t got = 0; said[0] != kUp && (got = ::read(report[0], piece, sizeof piece)) != 0;)
      if (got > 0) said.append(piece, static_cast<std::size_t>(got));
  }
  ::close(report[0]);
  if (child < 0) return system_error(errno, "mount on", options.folder);
  if (said.starts_with(kUp)) return {};
  ::waitpid(child, nullptr, 0);
  if (said.empty())
    return plain_error(
        fmt::format("cannot mount on {}: the process that serves it has ended", options.folder));
  const auto line = said.find('\n');
  return plain_error(said.substr(1, line - 1), said.substr(std::min(line + 1, said.size())));
}

Result<void> unmount(const std::string& folder) {
  std::error_code code;
  // Of a mount whose server is gone, the real path cannot be asked for.
  fs::path real = fs::canonical(folder, code);
  if (code) real = fs::absolute(folder).lexically_normal();
  std::string path = real.string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();

  std::string type;
  if (std::FILE* const mounts = ::setmntent("/proc/self/mounts", "re")) {
    while (const mntent* const entry = ::getmntent(mounts))
      if (path == entry->mnt_dir) type = entry->mnt_type;  // the last one lies on top
    ::endmntent(mounts);
  }
  if (type != kType)
    return plain_error(fmt::format("{} is not a mount of tintype", folder),
                       type.empty() ? "nothing is mounted there" : "it is of type " + type);
  TINTYPE_TRY(ChildProcess helper, ChildProcess::start({{"fusermount3", "-u", "--", path},
                                                        "fuse3",
                                                        /*keep_errors=*/true}));
  while (helper.read_output(1s)) {
  }
  std::optional<int> exit_code;
  while (!exit_code) exit_code = helper.wait(1s);
  if (*exit_code == 0) return {};
  std::string words = helper.error_text();
  words.resize(std::min(words.find('\n'), words.size()));
  return plain_error(fmt::format("cannot unmount {}: {}", folder, words),
                     "unmount first what is mounted from it (losetup -a, mount)");
}

}  // namespace tintype
