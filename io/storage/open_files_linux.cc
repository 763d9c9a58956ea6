#include "io/storage/open_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>

#include "io/handle.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

class Search {
 public:
  Search(const StorageMap& map, const StorageFootprint& owned) : map_(map), owned_(owned) {}

  bool has_open(const fs::path& process) {
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(process / "fd", code)) {
      struct statx status {};
      // Not to wait for a server that no longer answers: what is known here is enough.
      if (::statx(AT_FDCWD, entry.path().c_str(), AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO,
                  &status) != 0)
        continue;
      if (is_owned(status) &&
          access_mode_of(process / "fdinfo" / entry.path().filename()) != O_RDONLY)
        return true;
    }
    return false;
  }

 private:
  bool is_owned(const struct statx& status) {
    if (S_ISREG(status.stx_mode)) {
      const StoragePlace place{false, makedev(status.stx_dev_major, status.stx_dev_minor),
                               status.stx_ino};
      return uses({{.place = place, .name = {}}}, owned_);
    }
    if (!S_ISBLK(status.stx_mode)) return false;
    const std::uint64_t device = makedev(status.stx_rdev_major, status.stx_rdev_minor);
    const auto [known, is_new] = devices_.emplace(device, false);
    if (is_new) known->second = uses(map_.of_device(device), owned_);
    return known->second;
  }

  const StorageMap& map_;
  const StorageFootprint& owned_;
  std::map<std::uint64_t, bool> devices_;
};

}  // namespace

int access_mode_of(const std::string& fdinfo) {
  std::ifstream in(fdinfo);
  for (std::string key, value; in >> key && std::getline(in, value);)
    if (key == "flags:")  // "0100002", octal
      return static_cast<int>(std::strtoul(value.c_str(), nullptr, 8)) & O_ACCMODE;
  return O_RDONLY;
}

std::string writer_of(const StorageMap& map, const StorageFootprint& owned,
                      const std::string& proc) {
  Search search(map, owned);
  std::error_code code;
  for (const auto& process : fs::directory_iterator(proc, code)) {
    const std::string number = process.path().filename();
    if (number.find_first_not_of("0123456789") != std::string::npos ||
        number == std::to_string(::getpid()) || !search.has_open(process.path()))
      continue;
    std::string program;
    std::ifstream in(process.path() / "comm");
    std::getline(in, program);
    return fmt::format("{} (process {})", program, number);
  }
  return "";
}

bool is_open_elsewhere(const std::string& file, OpenFor purpose) {
  const Handle handle(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!handle.is_open() || ::fstat(handle.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  // A read lease is refused if somebody writes, a write lease if anybody has it open at all.
  // Closing the file gives it back.
  const int lease = purpose == OpenFor::writing ? F_RDLCK : F_WRLCK;
  return ::fcntl(handle.get(), F_SETLEASE, lease) != 0 && errno == EAGAIN;
}

}  // namespace tintype
