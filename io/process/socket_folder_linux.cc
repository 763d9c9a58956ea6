#include "io/process/socket_folder.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <vector>

#include "io/handle.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

// A folder is made a moment before somebody listens in it.
constexpr std::time_t kYoungSeconds = 60;

// Sockets of this network namespace that somebody listens at are in the list. To ask one of another
// namespace is harmless; ours are not disturbed by a connection that says nothing.
bool is_listened_at(const std::string& path) {
  std::ifstream in("/proc/net/unix");
  for (std::string line; std::getline(in, line);)
    if (line.ends_with(" " + path)) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return true;
  std::memcpy(address.sun_path, path.data(), path.size());
  const Handle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
             0 ||
         errno != ECONNREFUSED;
}

void remove_if_dead(const std::string& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid() || std::time(nullptr) - status.st_mtime < kYoungSeconds)
    return;
  std::vector<std::string> sockets;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    if (!entry->is_socket(code)) return;  // not our doing
    sockets.push_back(entry->path());
    if (is_listened_at(sockets.back())) return;
  }
  if (code) return;
  for (const std::string& socket : sockets) ::unlink(socket.c_str());
  ::rmdir(folder.c_str());
}

}  // namespace

Result<std::string> make_socket_folder(const std::string& parent) {
  std::error_code code;
  for (fs::directory_iterator entry(parent, code), end; !code && entry != end;
       entry.increment(code))
    if (entry->path().filename().native().starts_with(kSocketFolderPrefix))
      remove_if_dead(entry->path());
  std::string path = parent + "/" + std::string(kSocketFolderPrefix) + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)  // mode 0700
    return system_error(errno, "make a folder in", parent);
  return path;
}

}  // namespace tintype
