// Follows files and devices down to what they are made of, and lists who uses them: as the kernel
// tells it in /sys and /proc.
#pragma once

#include <string>
#include <vector>

#include "io/file/mount_table.h"
#include "io/storage/storage_footprint.h"

namespace tintype {

class StorageMap {
 public:
  // Where sysfs and proc are mounted; another folder is a made one, for which no device is opened.
  explicit StorageMap(std::string sys = "/sys", std::string proc = "/proc");

  // Of a file or device, or of what would be made under that name: links are followed. Empty if
  // there is nothing that could be told.
  [[nodiscard]] StorageFootprint of_path(const std::string& path) const;
  [[nodiscard]] StorageFootprint of_device(std::uint64_t device) const;
  // What the program behind a Unix socket of this machine has open: files and block devices that
  // an NBD server there may be serving. Empty if that cannot be told.
  [[nodiscard]] StorageFootprint of_server(const std::string& socket) const;

  // Something that holds bytes for itself: a mount, swap, a loop device, a mapped device or array.
  struct User {
    std::string what;    // "mounted at /mnt"
    std::string remedy;  // "unmount it first"
    StorageFootprint footprint;
    bool mount = false;
    bool writes = true;
    std::string where;  // of a mount
  };
  [[nodiscard]] std::vector<User> users() const;

 private:
  // Each adds a share and all that it leads to.
  void add_device(StorageFootprint& found, const StorageShare& share) const;
  void add_path(StorageFootprint& found, const std::string& path, StorageShare share) const;
  void add_mounted(StorageFootprint& found, const Mount& mount, bool exact) const;
  void add_open_files(StorageFootprint& found, const std::string& process) const;
  void follow_loop(StorageFootprint& found, const StorageShare& share,
                   const std::string& folder) const;
  void follow_partition(StorageFootprint& found, const StorageShare& share,
                        const std::string& folder) const;

  [[nodiscard]] std::string folder_of(std::uint64_t device) const;
  [[nodiscard]] std::string name_of(std::uint64_t device) const;
  [[nodiscard]] std::vector<std::uint64_t> devices_of(const Mount& mount) const;

  std::string sys_, proc_;
  bool live_;  // the running system's
  std::vector<Mount> mounts_;
};

}  // namespace tintype
