#include "io/storage/partition_device.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace tintype {

namespace {

namespace fs = std::filesystem;

// /sys/dev/block/8:0/sda2/partition says 2.
Result<fs::path> folder_of(const std::string& disk, unsigned number) {
  struct stat status {};
  if (::stat(disk.c_str(), &status) != 0) return system_error(errno, "open", disk);
  const std::string folder =
      fmt::format("/sys/dev/block/{}:{}", major(status.st_rdev), minor(status.st_rdev));
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    unsigned found = 0;
    if (std::ifstream(entry.path() / "partition") >> found && found == number) return entry.path();
  }
  return plain_error(fmt::format("the system has no device for partition {} of {}", number, disk),
                     fmt::format("partprobe {} reads its table again", disk));
}

}  // namespace

Result<std::string> partition_device(const std::string& disk, unsigned number) {
  TINTYPE_TRY(const fs::path folder, folder_of(disk, number));
  // In sysfs a '/' of a device's name is a '!'.
  std::string name = folder.filename();
  std::replace(name.begin(), name.end(), '!', '/');
  return "/dev/" + name;
}

Result<std::uint64_t> partition_device_number(const std::string& disk, unsigned number) {
  TINTYPE_TRY(const fs::path folder, folder_of(disk, number));
  unsigned major_number = 0, minor_number = 0;
  char colon = 0;
  if (!(std::ifstream(folder / "dev") >> major_number >> colon >> minor_number))
    return plain_error(fmt::format("the system does not tell the number of {}", folder.string()));
  return makedev(major_number, minor_number);
}

}  // namespace tintype
