#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "engine/serve/nbd_server.h"
#include "io/process/socket_folder.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStartPatience = 20s;
constexpr std::size_t kSocketPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

Result<std::string> make_private_folder() {
  std::error_code code;
  const fs::path parent = fs::temp_directory_path(code);
  if (code) return system_error(code.value(), "find the folder", "for temporary files");
  return make_socket_folder(parent.string());
}

// In a URI, all but the unreserved characters (RFC 3986) and the slash are written as %XX.
std::string uri_text(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    quoted += plain ? std::string(1, c)
                    : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return quoted;
}

int why_not_writable(const std::string& folder) {
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

}  // namespace

Result<NbdServer> NbdServer::start(const NbdServerOptions& options) {
  Place place{.host = options.host, .port = options.port};
  std::vector<std::string> listening;
  if (!options.host.empty()) {
    listening = {"--ipaddr", options.host, "--port", std::to_string(options.port)};
  } else {
    if (options.socket.empty()) {
      TINTYPE_TRY(place.folder, make_private_folder());
      place.socket = place.folder + "/socket";
    } else {
      struct stat status {};
      if (::lstat(options.socket.c_str(), &status) == 0)
        return system_error(EEXIST, "listen on", options.socket,
                            S_ISSOCK(status.st_mode) ? "remove it if nobody serves there any more"
                                                     : "name a new socket");
      place.socket = fs::absolute(options.socket).string();
      // nbdkit's own words would name it raw.
      if (const int error = why_not_writable(fs::path(place.socket).parent_path().string());
          error != 0)
        return system_error(error, "listen on", options.socket,
                            error == ENOENT ? "make its folder first" : "");
    }
    if (place.socket.size() > kSocketPathBytesMax) {
      remove(place);
      return plain_error(fmt::format("cannot listen on {}: longer than {} bytes", place.socket,
                                     kSocketPathBytesMax),
                         "name a shorter --socket, or set TMPDIR to a shorter folder");
    }
    listening = {"--unix", place.socket};
  }

  // It writes its number into the pid file once it listens.
  std::vector<std::string> words{
      "nbdkit",     "--foreground", "--readonly",
      "--newstyle", "--pidfile",    fmt::format("/dev/fd/{}", ChildProcess::kNoticeHandle)};
  words.insert(words.end(), listening.begin(), listening.end());
  words.push_back(options.plugin);
  for (const ServedName& image : options.images) {
    words.push_back("name=" + image.name);
    if (image.partition) words.push_back(fmt::format("partition={}", *image.partition));
    if (image.image.identity) words.push_back("digest=" + image.image.identity->content_digest);
    words.push_back("image=" + fs::absolute(image.image.path).string());
  }
  words.push_back(fmt::format("cache={}", options.volume.cache_bytes));
  words.push_back(
      fmt::format("unreadable={}",
                  options.volume.unreadable == ImageVolume::Unreadable::error ? "error" : "zeros"));
  // Should we be killed, the plugin does it.
  if (!place.socket.empty()) words.push_back("temporary=" + place.socket);
  if (!place.folder.empty()) words.push_back("temporary=" + place.folder);

  auto process = ChildProcess::start({words, "nbdkit", options.keep_errors});
  if (!process) {
    remove(place);
    return tl::unexpected(process.error());
  }
  NbdServer server(std::move(place), *std::move(process));
  const auto until = std::chrono::steady_clock::now() + kStartPatience;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= 0ms)
      return plain_error(fmt::format("nbdkit did not start within {} s", kStartPatience.count()));
    const auto said = server.process_.read_output(left);
    if (!said) break;
    if (!said->empty()) return server;
  }
  return plain_error("nbdkit could not serve",
                     options.keep_errors ? server.error_text() : "its own message is above");
}

NbdServer::NbdServer(NbdServer&& other) noexcept
    : place_(std::exchange(other.place_, Place{})), process_(std::move(other.process_)) {}

NbdServer::~NbdServer() {
  process_.end();
  remove(place_);
}

void NbdServer::remove(const Place& place) noexcept {
  if (!place.socket.empty()) ::unlink(place.socket.c_str());
  if (!place.folder.empty()) ::rmdir(place.folder.c_str());
}

std::string NbdServer::uri(std::string_view name) const {
  if (place_.socket.empty()) {
    const bool ipv6 = place_.host.find(':') != std::string::npos;
    return fmt::format("nbd://{}{}{}:{}/{}", ipv6 ? "[" : "", place_.host, ipv6 ? "]" : "",
                       place_.port, uri_text(name));
  }
  return fmt::format("nbd+unix:///{}?socket={}", uri_text(name), uri_text(place_.socket));
}

bool NbdServer::has_ended(std::chrono::milliseconds patience) {
  return process_.wait(patience).has_value();
}

}  // namespace tintype
