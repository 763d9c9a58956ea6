// What is mounted where, as the kernel tells this process: /proc/self/mountinfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/result.h"

namespace tintype {

struct Mount {
  std::uint64_t id = 0;
  std::uint64_t device = 0;  // st_dev of what lies there; of btrfs, that of its first subvolume
  std::string where;
  std::string type;    // "ext4", "devtmpfs"
  std::string source;  // "/dev/sda1", where it is a device
  bool writable = false;
};

// How /proc writes a path into a line: spaces, tabs, line ends and backslashes are "\040" there.
[[nodiscard]] std::string unescaped_mount_text(std::string_view text);

// `proc`: where proc is mounted.
[[nodiscard]] std::vector<Mount> read_mounts(const std::string& proc = "/proc");

// The mount that a path lies on; of one that does not exist, that of the folder it would be made
// in. Nothing where the kernel does not tell.
[[nodiscard]] std::optional<Mount> mount_of(const std::string& path);

// Below /dev a name that is no device is one that was mistyped, or whose disk is not there: a file
// made of it would fill the memory and be called a copy. File systems of their own that are mounted
// there (/dev/shm) are places as others. `path` exists or not; links are followed.
[[nodiscard]] Result<void> refuse_device_folder(const std::string& path);

}  // namespace tintype
