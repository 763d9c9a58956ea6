#include "hashing/counted.h"
#include "io/storage/storage_stamp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/handle.h"
#include "io/storage/block_device_facts.h"

namespace tintype {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const statx_timestamp& time) {
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

}  // namespace

StorageStamp stamp_of_file(const std::string& path) {
  struct statx status {};
  // A network file system is to ask its server, not its memory.
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &status) != 0)
    return {};
  return {.there = true,
          .inode = status.stx_ino,
          .size_bytes = status.stx_size,
          .modified_ns = nanoseconds(status.stx_mtime),
          .changed_ns = nanoseconds(status.stx_ctime)};
}

StorageStamp stamp_of(const StorageShare& share) {
  if (!share.place.device) return stamp_of_file(share.name);
  if (const Handle device(::open(share.name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
      device.is_open())
    (void)::fsync(device.get());
  const BlockDeviceFacts facts = block_device_facts(share.place.number);
  return {.there = true,
          .device = true,
          .size_bytes = facts.size_bytes,
          .sectors_changed = facts.sectors_changed.value_or(0)};
}

std::string change_between(const StorageStamp& before, const StorageStamp& after) {
  if (!before.there && !after.there) return "";
  if (!after.there) return "is gone since it was read";
  if (before.inode != after.inode || before.device != after.device || !before.there)
    return "was replaced while it was read";
  if (before.size_bytes != after.size_bytes)
    return fmt::format("had {} when its reading began, and has {} now",
                       counted(before.size_bytes, "byte"), after.size_bytes);
  if (before.modified_ns != after.modified_ns) return "was written to while it was read";
  if (before.changed_ns != after.changed_ns)
    return "was changed while it was read, or only its name, owner or mode: which is not told";
  if (before.sectors_changed != after.sectors_changed)
    return fmt::format("was written to while it was read: {} of 512 bytes",
                       counted(after.sectors_changed - before.sectors_changed, "sector"));
  return "";
}

}  // namespace tintype
