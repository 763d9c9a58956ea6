#include "io/storage/storage_map.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "io/handle.h"
#include "io/storage/open_files.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSysfsSectorBytes = 512;  // whatever the device's are

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::uint64_t number = 0;
  if (std::ifstream(path) >> number) return number;
  return std::nullopt;
}

std::string line_in(const std::string& path) {
  std::string line;
  std::ifstream in(path);
  std::getline(in, line);
  return line;
}

// "8:2"
std::optional<std::uint64_t> device_in(const std::string& path) {
  unsigned major_number = 0, minor_number = 0;
  if (std::sscanf(line_in(path).c_str(), "%u:%u", &major_number, &minor_number) != 2)
    return std::nullopt;
  return makedev(major_number, minor_number);
}

std::uint64_t shifted(std::uint64_t at, std::uint64_t by) {
  return at > UINT64_MAX - by ? UINT64_MAX : at + by;
}

// A share of a window of `below`, which begins at `start` there and has `length` bytes.
void move_into(StorageShare& share, std::uint64_t start, std::uint64_t length) {
  share.end = std::min(shifted(share.end, start), shifted(start, length));
  share.begin = shifted(share.begin, start);
}

StoragePlace place_of(const struct stat& status) {
  if (S_ISBLK(status.st_mode)) return {true, status.st_rdev, 0};
  return {false, status.st_dev, status.st_ino};
}

// What the kernel itself reads and writes for a loop device, whatever became of the file's name.
std::optional<loop_info64> loop_status(const std::string& device) {
  const Handle handle(::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  loop_info64 info{};
  if (!handle.is_open() || ::ioctl(handle.get(), LOOP_GET_STATUS64, &info) != 0)
    return std::nullopt;
  return info;
}

bool same_device_and_inode(const struct stat& status, const loop_info64& info) {
  // It tells device numbers in 32 bits.
  return static_cast<std::uint32_t>(status.st_dev) == static_cast<std::uint32_t>(info.lo_device) &&
         status.st_ino == info.lo_inode;
}

}  // namespace

StorageMap::StorageMap(std::string sys, std::string proc)
    : sys_(std::move(sys)),
      proc_(std::move(proc)),
      live_(sys_ == "/sys"),
      mounts_(read_mounts(proc_)) {}

std::string StorageMap::folder_of(std::uint64_t device) const {
  return fmt::format("{}/dev/block/{}:{}", sys_, major(device), minor(device));
}

std::string StorageMap::name_of(std::uint64_t device) const {
  const std::string folder = folder_of(device);
  if (const std::string mapped = line_in(folder + "/dm/name"); !mapped.empty())
    return "/dev/mapper/" + mapped;
  std::ifstream in(folder + "/uevent");
  constexpr std::string_view kKey = "DEVNAME=";
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(kKey)) return "/dev/" + line.substr(kKey.size());
  return fmt::format("the device {}:{}", major(device), minor(device));
}

// Holds: each place is followed once for each kind of share, so a ring would end.
void StorageMap::add_device(StorageFootprint& found, const StorageShare& share) const {
  for (const StorageShare& known : found)
    if (known.place == share.place && known.exact >= share.exact && known.begin <= share.begin &&
        known.end >= share.end)
      return;
  found.push_back(share);
  const std::string folder = folder_of(share.place.number);
  std::error_code code;
  if (fs::exists(folder + "/loop/backing_file", code)) follow_loop(found, share, folder);
  if (fs::exists(folder + "/partition", code)) follow_partition(found, share, folder);
  for (const auto& part : fs::directory_iterator(folder + "/slaves", code))
    if (const auto device = device_in(part.path() / "dev"))
      add_device(found, {.place = {true, *device, 0}, .exact = false, .name = name_of(*device)});
  // A network block device of a server of this machine (qemu-nbd --connect).
  if (const auto process = number_in(folder + "/pid"))
    add_open_files(found, fmt::format("{}", *process));
}

void StorageMap::follow_partition(StorageFootprint& found, const StorageShare& share,
                                  const std::string& folder) const {
  const auto disk = device_in(folder + "/../dev");  // /sys/dev/block/8:2 leads to …/sda/sda2
  const auto start = number_in(folder + "/start"), size = number_in(folder + "/size");
  if (!disk || !start || !size) return;
  StorageShare below = share;
  below.place = {true, *disk, 0};
  below.name = name_of(*disk);
  move_into(below, *start * kSysfsSectorBytes, *size * kSysfsSectorBytes);
  add_device(found, below);
}

void StorageMap::follow_loop(StorageFootprint& found, const StorageShare& share,
                             const std::string& folder) const {
  StorageShare below = share;
  const std::uint64_t limit = number_in(folder + "/loop/sizelimit").value_or(0);
  move_into(below, number_in(folder + "/loop/offset").value_or(0), limit == 0 ? UINT64_MAX : limit);
  std::string path = line_in(folder + "/loop/backing_file");
  constexpr std::string_view kGone = " (deleted)";
  below.name = path;
  const auto info = live_ ? loop_status(name_of(share.place.number)) : std::nullopt;
  struct stat status {};
  bool named = ::stat(path.c_str(), &status) == 0;
  if (info && info->lo_rdevice != 0) {
    below.place = {true, info->lo_rdevice, 0};
    return add_device(found, below);
  }
  if (info && named) named = same_device_and_inode(status, *info);
  if (named) return add_path(found, path, below);
  if (path.ends_with(kGone)) path.resize(path.size() - kGone.size());
  if (!info) return;
  // The file has another name now, or none: its other names still lead to the same inode.
  below.place = {false, info->lo_device, info->lo_inode};
  found.push_back(below);
  if (major(info->lo_device) != 0)
    add_device(
        found,
        {.place = {true, info->lo_device, 0}, .exact = false, .name = name_of(info->lo_device)});
}

// `share` says where in the file or device.
void StorageMap::add_path(StorageFootprint& found, const std::string& path,
                          StorageShare share) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
    share.place = place_of(status);
    if (share.place.device) return add_device(found, share);
    found.push_back(std::move(share));
  }
  if (const auto mount = mount_of(path)) add_mounted(found, *mount, false);
}

// btrfs has numbers of its own, and may lie on several devices.
std::vector<std::uint64_t> StorageMap::devices_of(const Mount& mount) const {
  if (major(mount.device) != 0) return {mount.device};
  struct stat status {};
  if (!mount.source.starts_with('/') || ::stat(mount.source.c_str(), &status) != 0 ||
      !S_ISBLK(status.st_mode))
    return {};
  std::error_code code;
  for (const auto& file_system : fs::directory_iterator(sys_ + "/fs/btrfs", code)) {
    std::vector<std::uint64_t> all;
    for (const auto& device : fs::directory_iterator(file_system.path() / "devices", code))
      if (const auto number = device_in(device.path() / "dev")) all.push_back(*number);
    if (std::ranges::find(all, status.st_rdev) != all.end()) return all;
  }
  return {status.st_rdev};
}

void StorageMap::add_mounted(StorageFootprint& found, const Mount& mount, bool exact) const {
  for (const std::uint64_t device : devices_of(mount))
    add_device(found, {.place = {true, device, 0}, .exact = exact, .name = name_of(device)});
}

void StorageMap::add_open_files(StorageFootprint& found, const std::string& process) const {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(fmt::format("{}/{}/fd", proc_, process), code)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) != 0 ||
        !(S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) ||
        // What it can only write to (its log, its standard error) is nothing that it serves.
        access_mode_of(fmt::format("{}/{}/fdinfo/{}", proc_, process,
                                   entry.path().filename().string())) == O_WRONLY)
      continue;
    const std::string name = fs::read_symlink(entry.path(), code);
    if (S_ISREG(status.st_mode))
      found.push_back({.place = place_of(status), .name = name});
    else
      add_device(found, {.place = place_of(status), .name = name});
  }
}

StorageFootprint StorageMap::of_path(const std::string& path) const {
  StorageFootprint found;
  add_path(found, path, {.name = path});
  return found;
}

StorageFootprint StorageMap::of_device(std::uint64_t device) const {
  StorageFootprint found;
  add_device(found, {.place = {true, device, 0}, .name = name_of(device)});
  return found;
}

// Lines of /proc/net/unix: "slot: references protocol flags type state inode path".
StorageFootprint StorageMap::of_server(const std::string& socket) const {
  struct stat wanted {};
  StorageFootprint found;
  if (::stat(socket.c_str(), &wanted) != 0) return found;
  std::vector<std::pair<std::string, std::string>> sockets;  // as links of descriptors; paths
  std::ifstream in(proc_ + "/net/unix");
  for (std::string line; std::getline(in, line);) {
    const auto slash = line.rfind('/');
    const std::string name =
        line.substr(slash == std::string::npos ? line.rfind(' ') + 1 : slash + 1);
    if (name != fs::path(socket).filename()) continue;
    char inode[32] = {}, path[4096] = {};
    if (std::sscanf(line.c_str(), "%*s %*s %*s %*s %*s %*s %31s %4095[^\n]", inode, path) == 2)
      sockets.emplace_back(fmt::format("socket:[{}]", inode), path);
  }
  std::error_code code;
  if (sockets.empty()) return found;
  for (const auto& process : fs::directory_iterator(proc_, code)) {
    const std::string name = process.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    for (const auto& entry : fs::directory_iterator(process.path() / "fd", code)) {
      const std::string link = fs::read_symlink(entry.path(), code);
      const auto held = std::ranges::find(sockets, link, &decltype(sockets)::value_type::first);
      if (held == sockets.end()) continue;
      // The path is the server's: below its root, from its folder.
      const fs::path base = process.path() / (held->second.starts_with('/') ? "root" : "cwd");
      struct stat status {};
      if (::stat((base.string() + "/" + held->second).c_str(), &status) != 0 ||
          status.st_dev != wanted.st_dev || status.st_ino != wanted.st_ino)
        continue;
      add_open_files(found, name);
      break;
    }
  }
  return found;
}

std::vector<StorageMap::User> StorageMap::users() const {
  std::vector<User> found;
  for (const Mount& mount : mounts_) {
    User user{.what = "mounted at " + mount.where,
              .remedy = "unmount it first",
              .footprint = {},
              .mount = true,
              .writes = mount.writable,
              .where = mount.where};
    add_mounted(user.footprint, mount, true);
    if (!user.footprint.empty()) found.push_back(std::move(user));
  }
  std::ifstream swaps(proc_ + "/swaps");
  std::string line;
  std::getline(swaps, line);  // the heading
  while (std::getline(swaps, line)) {
    User user{.what = "used as swap space", .remedy = "swapoff it first", .footprint = {}};
    add_path(user.footprint, unescaped_mount_text(line.substr(0, line.find_first_of(" \t"))), {});
    if (!user.footprint.empty()) found.push_back(std::move(user));
  }
  std::error_code code;
  for (const auto& disk : fs::directory_iterator(sys_ + "/block", code)) {
    const auto device = device_in(disk.path() / "dev");
    if (!device) continue;
    const bool loop = fs::exists(disk.path() / "loop/backing_file", code);
    fs::directory_iterator slaves(disk.path() / "slaves", code);
    if (!loop && (code || slaves == fs::directory_iterator())) continue;
    const std::string name = name_of(*device);
    if (loop)
      found.push_back({fmt::format("the loop device {} is made of it", name),
                       fmt::format("losetup --detach {}", name), of_device(*device)});
    else
      found.push_back({fmt::format("{} is made of it", name), fmt::format("end {} first", name),
                       of_device(*device)});
  }
  return found;
}

}  // namespace tintype
