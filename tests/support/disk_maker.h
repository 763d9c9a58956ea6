// Disks with partitions, made and read by the programs of util-linux; partitions' contents come
// from image files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tintype::test {

constexpr std::uint64_t kDiskMiB = std::uint64_t{1} << 20;

// A sparse file with a table made by sfdisk from its script: "label: gpt\nstart=2048, size=…\n".
void make_disk(const std::string& disk, std::uint64_t bytes, const std::string& script);
// Copies an image into the disk at a byte offset.
void put_into_disk(const std::string& disk, const std::string& image, std::uint64_t offset);
// Copies a range of the disk out of it.
void take_from_disk(const std::string& disk, std::uint64_t offset, std::uint64_t bytes,
                    const std::string& image);

// What sfdisk -J says.
struct SfdiskPartition {
  unsigned number = 0;
  std::uint64_t start = 0, sectors = 0;
  std::string type, name, uuid;
};
struct SfdiskTable {
  std::string label, id;
  std::vector<SfdiskPartition> partitions;
};
[[nodiscard]] SfdiskTable sfdisk_table(const std::string& disk);

// A disk as it is met: GPT, 1 EFI system (nothing in it), 2 NTFS "mail", 3 ext4 "data"; in the gap
// before the first partition lies a boot loader's code. Files of `ntfs_files` and of `ext_folder`
// are put into the root of each.
struct MixedDisk {
  std::uint64_t bytes = 0;
  std::uint64_t gap_offset = 0, gap_bytes = 0;
  std::uint64_t ntfs_offset = 0, ntfs_bytes = 0;
  std::uint64_t ext_offset = 0, ext_bytes = 0;
};
[[nodiscard]] MixedDisk make_mixed_disk(const std::string& disk,
                                        const std::vector<std::string>& ntfs_files,
                                        const std::string& ext_folder);

}  // namespace tintype::test
