#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "io/handle.h"
#include "io/invariant.h"
#include "io/process/local_server.h"
#include "io/process_limits.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kQuestionBytesMax = 4096;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 10;
// For a question to arrive and for an answer to be taken: whoever dawdles holds others up.
constexpr auto kServerPatience = 1000ms;

Result<void> make_private_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return system_error(errno, "create", folder);
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return system_error(errno, "look at", folder);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
    return plain_error(folder + " is no folder that only you may enter",
                       "remove it, or chmod 700 it");
  return {};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return plain_error("the path of the socket is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Whether the other end is ours, or root's.
bool is_trusted(int connection) {
  ucred peer{};
  socklen_t length = sizeof peer;
  return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

// Waits for an event on a handle; false when the time is over.
bool wait_for(int handle, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd poll{.fd = handle, .events = events, .revents = 0};
    const int count = ::poll(&poll, 1, static_cast<int>(std::clamp<long>(left, 0, 60'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
    if (Clock::now() >= deadline) return false;
  }
}

bool send_all(int connection, std::string_view text, Clock::time_point deadline) {
  while (!text.empty()) {
    const ssize_t sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
      text.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EINTR && errno != EAGAIN)
      return false;
    else if (!wait_for(connection, POLLOUT, deadline))
      return false;
  }
  return true;
}

// Up to the end of the line, or of everything. False: too long, too late, or broken.
bool receive(int connection, bool one_line, std::size_t bytes_max, Clock::time_point deadline,
             std::string& text) {
  std::array<char, 4096> piece;
  while (wait_for(connection, POLLIN, deadline)) {
    const ssize_t got = ::recv(connection, piece.data(), piece.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return false;
    if (got == 0) return !one_line;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) return false;
    if (const auto end = text.find('\n'); one_line && end != std::string::npos) {
      text.resize(end);
      return true;
    }
  }
  return false;
}

void answer_one(int listener, const LocalServer::Answer& answer) {
  const Handle connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  // Out of handles, most likely; the one who waits would make poll() return at once, for ever.
  if (!connection.is_open()) return std::this_thread::sleep_for(50ms);
  if (!is_trusted(connection.get())) return;
  const auto deadline = Clock::now() + kServerPatience;
  std::string question;
  if (receive(connection.get(), true, kQuestionBytesMax, deadline, question))
    send_all(connection.get(), answer(question), deadline);
}

void serve(int listener, int stop_event, const LocalServer::Answer& answer) {
  for (;;) {
    std::array<pollfd, 2> polls{{{.fd = stop_event, .events = POLLIN, .revents = 0},
                                 {.fd = listener, .events = POLLIN, .revents = 0}}};
    if (::poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) return;
    if (polls[0].revents != 0) return;
    if (polls[1].revents != 0) answer_one(listener, answer);
  }
}

}  // namespace

Result<LocalServer> LocalServer::listen(const std::string& folder, const std::string& name,
                                        Answer answer) {
  TINTYPE_CHECK(make_private_folder(folder));
  LocalServer server;
  const std::string path = folder + "/" + name;
  TINTYPE_TRY(const sockaddr_un address, address_of(path));
  server.socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (server.socket_ < 0) return system_error(errno, "open", "a socket");
  ::unlink(path.c_str());  // left by a process that was killed
  if (::bind(server.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error(errno, "listen at", path);
  server.path_ = path;
  if (::listen(server.socket_, 8) != 0) return system_error(errno, "listen at", path);
  server.stop_event_ = ::eventfd(0, EFD_CLOEXEC);
  if (server.stop_event_ < 0) return system_error(errno, "open", "an eventfd");
  try {
    server.thread_ = std::jthread([listener = server.socket_, stop = server.stop_event_,
                                   answer = std::move(answer)] { serve(listener, stop, answer); });
  } catch (const std::system_error& error) {
    return tl::unexpected(thread_error(error));
  }
  return server;
}

LocalServer::LocalServer(LocalServer&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      socket_(std::exchange(other.socket_, -1)),
      stop_event_(std::exchange(other.stop_event_, -1)),
      thread_(std::move(other.thread_)) {}

LocalServer::~LocalServer() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    invariant(::write(stop_event_, &one, sizeof one) == sizeof one, "an eventfd refused a wake");
    thread_.join();
  }
  if (!path_.empty()) ::unlink(path_.c_str());
  if (socket_ >= 0) ::close(socket_);
  if (stop_event_ >= 0) ::close(stop_event_);
}

Result<std::string> ask_local_server(const std::string& path, std::string_view question,
                                     std::chrono::milliseconds patience) {
  invariant(question.find('\n') == std::string_view::npos, "a question is one line");
  const auto deadline = Clock::now() + patience;
  TINTYPE_TRY(const sockaddr_un address, address_of(path));
  const Handle connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.is_open()) return system_error(errno, "open", "a socket");
  const timeval timeout{.tv_sec = patience.count() / 1000,
                        .tv_usec = patience.count() % 1000 * 1000};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_error(errno, "connect to", path);
  std::string answer;
  if (!is_trusted(connection.get()))
    return plain_error("who answers at " + path + " is another user");
  if (!send_all(connection.get(), std::string(question) + "\n", deadline) ||
      !receive(connection.get(), false, kAnswerBytesMax, deadline, answer))
    return plain_error("no answer from " + path, "the process may be stopped or very busy");
  return answer;
}

}  // namespace tintype
