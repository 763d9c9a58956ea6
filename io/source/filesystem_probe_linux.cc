// Which file system a volume holds. libblkid wants a descriptor, and not every volume is one file
// on this machine; so it gets a sparse file in memory with the volume's size and the parts of it
// that hold signatures.
#include "io/source/open_filesystem.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/environment_error.h"
#include "io/filesystem/ntfs/ntfs_records.h"
#include "io/folder/folder_map.h"
#include "io/partition/partition_table.h"

namespace tintype {
namespace {

constexpr std::uint64_t kHeadBytes = 2u << 20;
constexpr std::uint64_t kTailBytes = 1u << 20;
constexpr std::uint64_t kNtfsRecords = 4;  // $MFT to $Volume, for the label

class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : handle_(::memfd_create(name, MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (handle_ >= 0) ::close(handle_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] int handle() const noexcept { return handle_; }

  Result<void> copy(const Volume& volume, std::uint64_t offset, std::uint64_t length) const {
    if (offset >= volume.size_bytes()) return {};
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(std::min(length, volume.size_bytes() - offset)));
    TINTYPE_CHECK(volume.read(offset, bytes));
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t wrote = ::pwrite(handle_, bytes.data() + done, bytes.size() - done,
                                     static_cast<off_t>(offset + done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return system_error(errno, "keep in memory what is probed of", volume.name());
      done += static_cast<std::size_t>(wrote);
    }
    return {};
  }

 private:
  int handle_;
};

std::string value_of(blkid_probe probe, const char* name) {
  const char* value = nullptr;
  if (::blkid_probe_lookup_value(probe, name, &value, nullptr) != 0 || value == nullptr) return "";
  return value;
}

// What libblkid says, partition tables left out.
Result<FilesystemProbe> probe_superblocks(const Volume& volume) {
  const MemoryFile memory("tintype-probe");
  if (memory.handle() < 0 ||
      ::ftruncate(memory.handle(), static_cast<off_t>(volume.size_bytes())) != 0)
    return system_error(errno, "reserve memory to probe", volume.name());
  TINTYPE_CHECK(memory.copy(volume, 0, kHeadBytes));
  // These may be unreadable or nonsense; then libblkid finds less.
  const auto copy_if_readable = [&](std::uint64_t offset, std::uint64_t length) -> Result<void> {
    auto copied = memory.copy(volume, offset, length);
    return !copied && is_environment(copied.error()) ? copied : Result<void>{};
  };
  TINTYPE_CHECK(copy_if_readable(volume.size_bytes() - std::min(volume.size_bytes(), kTailBytes),
                                 kTailBytes));
  std::byte boot[512];
  if (volume.size_bytes() >= sizeof boot && volume.read(0, boot)) {
    if (const auto ntfs = parse_ntfs_boot(boot, volume.size_bytes()))
      TINTYPE_CHECK(copy_if_readable(ntfs->mft_cluster * ntfs->cluster_bytes,
                                     kNtfsRecords * ntfs->record_bytes));
  }

  const std::unique_ptr<std::remove_pointer_t<blkid_probe>, void (*)(blkid_probe)> probe(
      ::blkid_new_probe(), ::blkid_free_probe);
  // What it reads lies in memory: if it fails, then for the machine's reasons.
  const auto failed = [&] {
    return system_error(errno != 0 ? errno : ENOMEM, "probe", volume.name() + " for a file system");
  };
  errno = 0;
  if (!probe || ::blkid_probe_set_device(probe.get(), memory.handle(), 0, 0) != 0) return failed();
  ::blkid_probe_enable_superblocks(probe.get(), 1);
  ::blkid_probe_set_superblocks_flags(
      probe.get(), BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_BADCSUM);
  switch (::blkid_do_safeprobe(probe.get())) {
    case 0:
      return FilesystemProbe{.type = value_of(probe.get(), "TYPE"),
                             .label = value_of(probe.get(), "LABEL")};
    case 1:
      return FilesystemProbe{};
    case -2:
      return plain_error(volume.name() + " has the signatures of several file systems",
                         "wipefs -n lists them");
    default:
      return failed();
  }
}

}  // namespace

Result<FilesystemProbe> probe_filesystem(const Volume& volume) {
  // First: a file in a folder may well look like a file system.
  if (is_folder_image(volume)) return FilesystemProbe{.type = kFolderType, .label = {}};
  TINTYPE_TRY(const FilesystemProbe probe, probe_superblocks(volume));
  TINTYPE_TRY(const PartitionTable table, read_partition_table(volume));
  if (table.scheme == PartitionScheme::none) return probe;
  // One of them is left over from an earlier life, and by taking the wrong one what the other
  // calls free would be lost.
  if (!probe.type.empty())
    return plain_error(fmt::format("{} has both a partition table ({}) and a file system ({})",
                                   volume.name(), to_string(table.scheme), probe.type),
                       "wipefs -n lists them");
  return FilesystemProbe{.type = std::string(to_string(table.scheme)), .label = {}};
}

}  // namespace tintype
