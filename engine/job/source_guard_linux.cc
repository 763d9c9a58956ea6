#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "engine/job/source_guard.h"
#include "io/volume/open_volume.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

struct Mount {
  dev_t device = 0;
  std::string where;
  bool writable = false;
};

// Lines of /proc/self/mountinfo: "id parent major:minor root where options … - type source super".
std::vector<Mount> mounts() {
  std::vector<Mount> found;
  std::ifstream in("/proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, where, options;
    words >> id >> parent >> device >> root >> where >> options;
    unsigned major_number = 0, minor_number = 0;
    if (std::sscanf(device.c_str(), "%u:%u", &major_number, &minor_number) != 2) continue;
    // Read-only may be said for the mount or for the whole file system.
    const std::string super = line.substr(line.find_last_of(' ') + 1);
    const auto read_only = [](const std::string& list) {
      return list == "ro" || list.rfind("ro,", 0) == 0;
    };
    found.push_back(
        {makedev(major_number, minor_number), where, !read_only(options) && !read_only(super)});
  }
  return found;
}

// The disk that a device is a partition of, and the partition's number.
struct PartitionOf {
  dev_t disk = 0;
  unsigned number = 0;
};
std::optional<PartitionOf> partition_of(dev_t device) {
  // /sys/dev/block/8:2 leads to …/block/sda/sda2.
  const std::string folder = fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
  PartitionOf found;
  if (!(std::ifstream(folder + "/partition") >> found.number)) return std::nullopt;
  std::ifstream of_disk(folder + "/../dev");
  unsigned major_number = 0, minor_number = 0;
  char colon = 0;
  if (!(of_disk >> major_number >> colon >> minor_number)) return std::nullopt;
  found.disk = makedev(major_number, minor_number);
  return found;
}

// The file behind a loop device or a partition of one, "" for any other device.
std::string loop_backing_file(dev_t device) {
  if (const auto part = partition_of(device)) device = part->disk;
  std::ifstream in(
      fmt::format("/sys/dev/block/{}:{}/loop/backing_file", major(device), minor(device)));
  std::string path;
  std::getline(in, path);
  return path;
}

// Whether what is written to `device` shows in partition `partition` of `source`, or anywhere in
// it.
bool is_part_of(dev_t device, dev_t source, std::optional<std::uint32_t> partition) {
  if (device == source) return true;
  const auto part = partition_of(device);
  return part && part->disk == source && (!partition || part->number == *partition);
}

// Somebody has the file open for writing: the kernel then refuses a read lease, F_RDLCK (EAGAIN).
// A write lease, F_WRLCK, it refuses if anybody has it open at all. File systems without leases say
// something else, and nothing is known.
bool is_lease_refused(const std::string& path, int lease) {
  const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return false;
  const bool refused = ::fcntl(handle, F_SETLEASE, lease) != 0 && errno == EAGAIN;
  ::close(handle);  // gives the lease back
  return refused;
}

bool same_file(const struct stat& a, const struct stat& b) {
  if (S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode)) return a.st_rdev == b.st_rdev;
  return S_ISREG(a.st_mode) && S_ISREG(b.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

Result<void> check_source_unused(const VolumeSpec& spec, bool allow) {
  const std::string& source = spec.base;
  struct stat status {};
  if (allow || spec.is_uri || ::stat(source.c_str(), &status) != 0)
    return {};  // opening it tells what is wrong
  constexpr const char* kHint =
      "take a snapshot and read that, or add --allow-source-in-use to read it as it changes";
  if (S_ISBLK(status.st_mode)) {
    for (const Mount& mount : mounts())
      if (mount.writable && is_part_of(mount.device, status.st_rdev, spec.partition))
        return plain_error(
            fmt::format("{} is in use: {}mounted for writing at {}", source,
                        mount.device == status.st_rdev ? "" : "a partition of it is ", mount.where),
            kHint);
  } else if (S_ISREG(status.st_mode) && is_lease_refused(source, F_RDLCK)) {
    return plain_error(fmt::format("{} is in use: another program has it open for writing", source),
                       kHint);
  }
  return {};
}

Result<void> check_target_unused(const std::string& target) {
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0) return {};  // opening it tells what is wrong
  if (S_ISBLK(status.st_mode)) {
    for (const Mount& mount : mounts())
      if (is_part_of(mount.device, status.st_rdev, {}) ||
          is_part_of(status.st_rdev, mount.device, {}))
        return plain_error(fmt::format("{} is in use: mounted at {}", target, mount.where),
                           "unmount it first");
  } else if (S_ISREG(status.st_mode) && is_lease_refused(target, F_WRLCK)) {
    return plain_error(fmt::format("{} is in use: another program has it open", target),
                       "end that program first; lsof tells which");
  }
  return {};
}

Result<void> check_target_apart(const VolumeSpec& source, const std::string& target) {
  return source.is_uri ? Result<void>{} : check_target_apart(source.base, target);
}

Result<void> check_target_apart(const std::string& source, const std::string& target) {
  struct stat from {};
  if (::stat(source.c_str(), &from) != 0) return {};
  struct stat to {};
  const bool exists = ::stat(target.c_str(), &to) == 0;
  if (exists && same_file(from, to))
    return plain_error(fmt::format("{} and {} are the same", source, target),
                       "choose another target");
  // The file system that the target is, or will be, on.
  std::error_code code;
  fs::path on = fs::absolute(target, code);
  while (!exists && ::stat(on.c_str(), &to) != 0 && on.has_relative_path()) on = on.parent_path();
  if (S_ISBLK(to.st_mode)) {
    if (S_ISBLK(from.st_mode) &&
        (is_part_of(to.st_rdev, from.st_rdev, {}) || is_part_of(from.st_rdev, to.st_rdev, {})))
      return plain_error(fmt::format("{} and {} share a disk's bytes", source, target),
                         "choose another target");
    return {};
  }
  struct stat backing {};
  const std::string backing_file = loop_backing_file(to.st_dev);
  const bool inside = (S_ISBLK(from.st_mode) && is_part_of(to.st_dev, from.st_rdev, {})) ||
                      (!backing_file.empty() && ::stat(backing_file.c_str(), &backing) == 0 &&
                       same_file(backing, from));
  if (inside)
    return plain_error(fmt::format("{} lies on the source {}", target, source),
                       "choose a target on another volume");
  return {};
}

Result<void> check_source(const VolumeSpec& source, bool allow_in_use, const std::string& target) {
  TINTYPE_TRY(const std::vector<std::string> parents, parent_files(source));
  TINTYPE_CHECK(check_source_unused(source, allow_in_use));
  TINTYPE_CHECK(check_target_apart(source, target));
  for (const std::string& file : parents) {
    TINTYPE_TRY(const VolumeSpec parent,
                parse_volume_spec(file, [](const std::string&) { return true; }));
    TINTYPE_CHECK(check_source_unused(parent, allow_in_use));
    TINTYPE_CHECK(check_target_apart(parent, target));
  }
  return {};
}

}  // namespace tintype
