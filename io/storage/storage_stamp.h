// What tells that a file or device was changed between two looks.
#pragma once

#include <cstdint>
#include <string>

#include "io/storage/storage_footprint.h"

namespace tintype {

struct StorageStamp {
  bool there = false;
  bool device = false;
  std::uint64_t inode = 0;  // of a file
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  // of a file
  std::int64_t changed_ns = 0;
  std::uint64_t sectors_changed = 0;  // of a device, where the kernel counts them
};

// Of a place, by its name if it is a file. What waits in memory to be written to a device is
// written first: it would count as written later, though nobody changes it any more.
[[nodiscard]] StorageStamp stamp_of(const StorageShare& share);
[[nodiscard]] StorageStamp stamp_of_file(const std::string& path);

// "was replaced while it was read"; "" if nothing tells of a change.
[[nodiscard]] std::string change_between(const StorageStamp& before, const StorageStamp& after);

}  // namespace tintype
