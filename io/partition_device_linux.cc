#include "io/partition_device.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace tintype {

Result<std::string> partition_device(const std::string& disk, unsigned number) {
  struct stat status {};
  if (::stat(disk.c_str(), &status) != 0) return system_error(errno, "open", disk);
  // /sys/dev/block/8:0/sda2/partition says 2.
  const std::string folder =
      fmt::format("/sys/dev/block/{}:{}", major(status.st_rdev), minor(status.st_rdev));
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    unsigned found = 0;
    if (!(std::ifstream(entry.path() / "partition") >> found) || found != number) continue;
    // In sysfs a '/' of a device's name is a '!'.
    std::string name = entry.path().filename();
    std::replace(name.begin(), name.end(), '!', '/');
    return "/dev/" + name;
  }
  return plain_error(fmt::format("the system has no device for partition {} of {}", number, disk),
                     fmt::format("partprobe {} reads its table again", disk));
}

}  // namespace tintype
