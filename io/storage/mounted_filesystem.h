// Which mounted filesystem a path lies on: what a user has to see to know that the right disk is
// there.
#pragma once

#include <cstdint>
#include <string>

#include "io/result.h"

namespace tintype {

struct MountedFilesystem {
  std::string type;              // "ext4", "nfs4"; "" if the system does not tell
  std::string mount_point;       // "/mnt/usb"; the same
  std::uint64_t free_bytes = 0;  // for this user
};

[[nodiscard]] Result<MountedFilesystem> mounted_filesystem_of(const std::string& path);

// Whether others than its owner may read or enter it: what was made private is not where the
// filesystem keeps no modes (FAT, some network filesystems).
[[nodiscard]] bool open_to_others(const std::string& path);

// How long a name in that folder may be; 255 where the system does not tell.
[[nodiscard]] std::size_t name_bytes_max(const std::string& folder);
// How long a whole path may be.
[[nodiscard]] std::size_t path_bytes_max() noexcept;

// Whether this user may look into a folder and, if it `is_written`, make and remove files in it.
// The error says what is in the way.
[[nodiscard]] Result<void> check_folder(const std::string& path, bool is_written);

}  // namespace tintype
