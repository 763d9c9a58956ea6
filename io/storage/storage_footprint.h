// Where the bytes of a file or device really lie: in it, and in everything that it is made of: the
// file behind a loop device, the disk of a partition, the parts of a mapped device or an array, the
// device that a file's file system is on. Two things whose footprints meet are one another's bytes,
// by whatever road.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tintype {

// A device (st_rdev), or a file by its file system and inode.
struct StoragePlace {
  bool device = false;
  std::uint64_t number = 0;
  std::uint64_t inode = 0;  // 0 for a device
  bool operator==(const StoragePlace&) const = default;
};

// What of a place belongs to it: [begin, end). If `exact`, all of it; else something in it, nobody
// knows where: a file in its file system, a logical volume on its disk.
struct StorageShare {
  StoragePlace place;
  std::uint64_t begin = 0, end = UINT64_MAX;
  bool exact = true;
  std::string name;  // "/dev/sda", for messages
};

using StorageFootprint = std::vector<StorageShare>;  // the thing itself comes first

// Writing to one changes the other: a place in which both have a share, and at least one of them
// exactly that range. (Two files of one file system share the disk inexactly: they are apart.) Both
// null if there is none.
struct StorageMeeting {
  const StorageShare* a = nullptr;
  const StorageShare* b = nullptr;
};
[[nodiscard]] StorageMeeting meeting_place(const StorageFootprint& a,
                                           const StorageFootprint& b) noexcept;
// `user` has a share in what is exactly of `owned`: in the bytes that go if that is written over.
[[nodiscard]] bool uses(const StorageFootprint& user, const StorageFootprint& owned) noexcept;

[[nodiscard]] bool holds(const StorageFootprint& footprint, const StoragePlace& place) noexcept;

}  // namespace tintype
