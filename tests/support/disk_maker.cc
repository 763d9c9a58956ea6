#include "support/disk_maker.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype::test {
namespace {

void must_run(const std::string& command) {
  const CommandOutcome outcome = run_command(command);
  if (outcome.exit_code != 0) throw std::runtime_error(command + ": " + outcome.output);
}

}  // namespace

void make_disk(const std::string& disk, std::uint64_t bytes, const std::string& script) {
  must_run("truncate -s 0 '" + disk + "' && truncate -s " + std::to_string(bytes) + " '" + disk +
           "'");
  write_file(disk + ".script", std::as_bytes(std::span(script)));
  must_run("sfdisk -q '" + disk + "' < '" + disk + ".script'");
  std::filesystem::remove(disk + ".script");
}

void put_into_disk(const std::string& disk, const std::string& image, std::uint64_t offset) {
  must_run("dd if='" + image + "' of='" + disk + "' bs=1M seek=" + std::to_string(offset) +
           " oflag=seek_bytes conv=notrunc,sparse status=none");
}

void take_from_disk(const std::string& disk, std::uint64_t offset, std::uint64_t bytes,
                    const std::string& image) {
  must_run("dd if='" + disk + "' of='" + image + "' bs=1M skip=" + std::to_string(offset) +
           " count=" + std::to_string(bytes) +
           " iflag=skip_bytes,count_bytes conv=sparse status=none");
}

SfdiskTable sfdisk_table(const std::string& disk) {
  const CommandOutcome outcome = run_command("sfdisk -J '" + disk + "' 2>/dev/null");
  if (outcome.exit_code != 0) throw std::runtime_error("sfdisk cannot read " + disk);
  const auto json = nlohmann::json::parse(outcome.output).at("partitiontable");
  SfdiskTable table{.label = json.at("label"), .id = json.at("id"), .partitions = {}};
  for (const auto& entry : json.value("partitions", nlohmann::json::array())) {
    SfdiskPartition partition{.number = 0,
                              .start = entry.at("start"),
                              .sectors = entry.at("size"),
                              .type = entry.at("type"),
                              .name = entry.value("name", ""),
                              .uuid = entry.value("uuid", "")};
    // The node is the disk's path and the number; "p" between them if the path ends with a digit.
    const std::string node = entry.at("node");
    const auto digits = node.find_last_not_of("0123456789") + 1;
    std::from_chars(node.data() + digits, node.data() + node.size(), partition.number);
    table.partitions.push_back(partition);
  }
  std::ranges::sort(table.partitions, {}, &SfdiskPartition::number);
  return table;
}

MixedDisk make_mixed_disk(const std::string& disk, const std::vector<std::string>& ntfs_files,
                          const std::string& ext_folder) {
  const MixedDisk made{.bytes = 120 * kDiskMiB,
                       .gap_offset = 40 * 512,
                       .gap_bytes = 64 * 512,
                       .ntfs_offset = 3 * kDiskMiB,
                       .ntfs_bytes = 48 * kDiskMiB,
                       .ext_offset = 60 * kDiskMiB,
                       .ext_bytes = 40 * kDiskMiB};
  make_disk(disk, made.bytes,
            "label: gpt\n"
            "start=1MiB, size=1MiB, type=uefi, name=boot\n"
            "start=3MiB, size=48MiB, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name=mail\n"
            "start=60MiB, size=40MiB, type=linux, name=data\n");
  const std::string image = disk + ".part";
  write_file(image, random_bytes(made.gap_bytes, 17));
  put_into_disk(disk, image, made.gap_offset);
  make_ntfs(image, {.bytes = made.ntfs_bytes, .label = "mail"});
  for (const std::string& file : ntfs_files)
    put_into_ntfs(image, file, "/" + std::filesystem::path(file).filename().string());
  put_into_disk(disk, image, made.ntfs_offset);
  std::filesystem::remove(image);
  make_ext(image, made.ext_bytes, "-t ext4 -b 4096 -L data -d '" + ext_folder + "'");
  put_into_disk(disk, image, made.ext_offset);
  std::filesystem::remove(image);
  return made;
}

}  // namespace tintype::test
