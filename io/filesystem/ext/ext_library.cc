#include "io/filesystem/ext/ext_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "hashing/endian.h"

namespace tintype {
namespace {

constexpr const char* kRepairHint = "e2fsck repairs it; the volume can still be copied as a whole";
constexpr std::uint64_t kBudgetBase = 64u << 10;

// The library asks for one block at a time: of tables, in ascending order, where each would be a
// wait on a cold disk, and of folders, which lie scattered. So behind a block that follows the last
// ones much is read ahead, around any other little, and the last few such windows are kept.
class ReadWindows {
 public:
  // These bytes are on their way: they need no window, and nothing around them.
  void announce(ExtentList ranges) { announced_ = std::move(ranges); }

  Result<void> read(const Volume& volume, std::uint64_t offset, std::span<std::byte> bytes) {
    const auto announced = std::ranges::upper_bound(announced_, offset, {}, &Extent::end);
    if (announced != announced_.end() && announced->offset <= offset &&
        offset + bytes.size() <= announced->end())
      return volume.read(offset, bytes);
    for (Window& window : windows_)
      if (offset >= window.begin && offset + bytes.size() <= window.begin + window.bytes.size())
        return copy(window, offset, bytes);
    const bool follows = offset >= last_end_ && offset - last_end_ <= kSmallBytes;
    const std::uint64_t wanted = follows ? kLargeBytes : kSmallBytes;
    last_end_ = offset + std::max<std::uint64_t>(wanted, bytes.size());
    if (bytes.size() > wanted) return volume.read(offset, bytes);
    Window& window = *std::ranges::min_element(windows_, {}, &Window::used);
    window.bytes.resize(std::min(wanted, volume.size_bytes() - offset));
    window.begin = offset;
    // An unreadable sector nearby is no matter of this block.
    if (!volume.read(offset, window.bytes)) {
      window.bytes.clear();
      return volume.read(offset, bytes);
    }
    return copy(window, offset, bytes);
  }

 private:
  static constexpr std::uint64_t kSmallBytes = 16u << 10, kLargeBytes = 256u << 10;
  struct Window {
    std::uint64_t begin = 0;
    std::uint64_t used = 0;
    std::vector<std::byte> bytes;  // none: empty
  };
  Result<void> copy(Window& window, std::uint64_t offset, std::span<std::byte> bytes) {
    window.used = ++clock_;
    std::ranges::copy(std::span(window.bytes).subspan(offset - window.begin, bytes.size()),
                      bytes.begin());
    return {};
  }

  std::array<Window, 4> windows_;
  ExtentList announced_;
  std::uint64_t clock_ = 0;
  std::uint64_t last_end_ = 0;  // of what was read last
};

struct Channel {
  struct_io_channel io = {};  // first: the library holds a pointer to it
  const Volume* volume = nullptr;
  std::string name;
  std::uint64_t blocks_left = 0;
  ReadWindows windows;
};

// The library's open() gets a name and nothing else.
thread_local const Volume* volume_to_open = nullptr;
extern struct_io_manager volume_manager;

Channel& channel_of(io_channel channel) noexcept {
  return *reinterpret_cast<Channel*>(channel);
}

errcode_t open_channel(const char*, int flags, io_channel* out) noexcept {
  if ((flags & IO_FLAG_RW) != 0) return EROFS;
  auto* channel = new (std::nothrow) Channel;
  if (channel == nullptr) return EXT2_ET_NO_MEMORY;
  channel->volume = volume_to_open;
  channel->blocks_left = kBudgetBase + volume_to_open->size_bytes() / 4096;
  channel->name = "volume";
  channel->io.magic = EXT2_ET_MAGIC_IO_CHANNEL;
  channel->io.manager = &volume_manager;
  channel->io.name = channel->name.data();
  channel->io.block_size = 1024;
  channel->io.refcount = 1;
  *out = &channel->io;
  return 0;
}

errcode_t close_channel(io_channel channel) noexcept {
  if (--channel->refcount == 0) delete &channel_of(channel);
  return 0;
}

errcode_t set_block_bytes(io_channel channel, int block_bytes) noexcept {
  if (block_bytes <= 0) return EXT2_ET_INVALID_ARGUMENT;
  channel->block_size = block_bytes;
  return 0;
}

// A negative count is one of bytes.
errcode_t read_blocks(io_channel io, unsigned long long block, int count, void* data) noexcept {
  Channel& channel = channel_of(io);
  const auto block_bytes = static_cast<std::uint64_t>(io->block_size);
  const std::uint64_t bytes = count < 0 ? static_cast<std::uint64_t>(-std::int64_t{count})
                                        : static_cast<std::uint64_t>(count) * block_bytes;
  const std::uint64_t cost = 1 + bytes / block_bytes;
  if (cost > channel.blocks_left) return EXT2_ET_CANCEL_REQUESTED;
  channel.blocks_left -= cost;
  const std::uint64_t size = channel.volume->size_bytes();
  if (block > size / block_bytes || bytes > size - block * block_bytes) return EXT2_ET_SHORT_READ;
  try {
    const auto read =
        channel.windows.read(*channel.volume, block * block_bytes,
                             {static_cast<std::byte*>(data), static_cast<std::size_t>(bytes)});
    return read ? 0 : EIO;
  } catch (...) {
    return EXT2_ET_NO_MEMORY;
  }
}

errcode_t read_blocks32(io_channel io, unsigned long block, int count, void* data) noexcept {
  return read_blocks(io, block, count, data);
}

errcode_t refuse_write(io_channel, unsigned long, int, const void*) noexcept {
  return EROFS;
}
errcode_t refuse_write64(io_channel, unsigned long long, int, const void*) noexcept {
  return EROFS;
}
errcode_t refuse_range(io_channel, unsigned long long, unsigned long long) noexcept {
  return EROFS;
}
errcode_t flush_nothing(io_channel) noexcept {
  return 0;
}

struct_io_manager volume_manager = {
    .magic = EXT2_ET_MAGIC_IO_MANAGER,
    .name = "Tintype volume",
    .open = open_channel,
    .close = close_channel,
    .set_blksize = set_block_bytes,
    .read_blk = read_blocks32,
    .write_blk = refuse_write,
    .flush = flush_nothing,
    .write_byte = refuse_write,
    .set_option = nullptr,
    .get_stats = nullptr,
    .read_blk64 = read_blocks,
    .write_blk64 = refuse_write64,
    .discard = refuse_range,
    .cache_readahead = nullptr,
    .zeroout = refuse_range,
    .reserved = {},
};

tl::unexpected<Error> damaged(std::string_view what) {
  return plain_error(fmt::format("the ext file system is damaged: {}", what), kRepairHint);
}

// Before the library allocates by these numbers.
Result<void> check_superblock(const Volume& volume) {
  constexpr std::uint32_t kFeature64Bit = 0x80, kFeatureBigalloc = 0x200;
  std::byte super[1024];
  if (volume.size_bytes() < 2 * sizeof super)
    return plain_error("the volume is too small for an ext file system");
  TINTYPE_CHECK(volume.read(1024, super));
  if (load_le<std::uint16_t>(super, 0x38) != 0xEF53)
    return plain_error("the volume has no ext superblock");
  const auto log_block = load_le<std::uint32_t>(super, 0x18);
  if (log_block > 6) return damaged(fmt::format("blocks of 2^{} KiB", log_block));
  const std::uint64_t block_bytes = std::uint64_t{1024} << log_block;
  std::uint64_t blocks = load_le<std::uint32_t>(super, 0x04);
  if ((load_le<std::uint32_t>(super, 0x60) & kFeature64Bit) != 0)
    blocks |= std::uint64_t{load_le<std::uint32_t>(super, 0x150)} << 32;
  if (blocks > volume.size_bytes() / block_bytes)
    return plain_error(fmt::format("the ext file system has {} blocks of {} bytes, but the volume "
                                   "only {} bytes",
                                   blocks, block_bytes, volume.size_bytes()),
                       "is it cut off, or part of a larger volume?");
  if (blocks == 0) return damaged("it has no blocks");

  // Groups must have the one shape that every driver agrees on: a bitmap of one block.
  const auto log_cluster = load_le<std::uint32_t>(super, 0x1C);
  const bool bigalloc = (load_le<std::uint32_t>(super, 0x64) & kFeatureBigalloc) != 0;
  if (bigalloc ? log_cluster < log_block || log_cluster > 19 : log_cluster != log_block)
    return damaged(fmt::format("clusters of 2^{} KiB", log_cluster));
  const std::uint64_t cluster_blocks = std::uint64_t{1} << (log_cluster - log_block);
  const auto blocks_per_group = load_le<std::uint32_t>(super, 0x20);
  const auto clusters_per_group = load_le<std::uint32_t>(super, 0x24);
  // mke2fs makes none smaller than 256; below that, descriptors would outgrow what they describe.
  if (clusters_per_group < 256 || clusters_per_group % 8 != 0 ||
      clusters_per_group > 8 * block_bytes ||
      blocks_per_group != clusters_per_group * cluster_blocks)
    return damaged(fmt::format("groups of {} blocks", blocks_per_group));
  const auto first_block = load_le<std::uint32_t>(super, 0x14);
  if (first_block != (block_bytes == 1024 && !bigalloc ? 1u : 0u) || first_block >= blocks)
    return damaged(fmt::format("its first block is {}", first_block));
  return {};
}

}  // namespace

std::string ext_message(errcode_t error) {
  if (error == EXT2_ET_CANCEL_REQUESTED) return "its metadata lead in circles";
  // error_message() may write into a buffer of its own; callers hold one library at a time.
  return ::error_message(error);
}

Result<ExtLibrary> ExtLibrary::open(const Volume& volume) {
  static const bool ready = [] {
    ::initialize_ext2_error_table();
    // Some of the library's complaints would go to stderr; its return values are enough.
    ::set_com_err_hook([](const char*, long, const char*, va_list) {});
    return true;
  }();
  (void)ready;
  TINTYPE_CHECK(check_superblock(volume));
  volume_to_open = &volume;
  ext2_filsys fs = nullptr;
  const errcode_t error = ::ext2fs_open2("volume", nullptr, EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP,
                                         0, 0, &volume_manager, &fs);
  volume_to_open = nullptr;
  if (error == EXT2_ET_UNSUPP_FEATURE || error == EXT2_ET_RO_UNSUPP_FEATURE)
    return plain_error("the ext file system has features this program does not know",
                       "the volume can still be copied as a whole");
  if (error == EXT2_ET_NO_MEMORY || error == ENOMEM)
    return system_error(static_cast<int>(std::errc::not_enough_memory),
                        "read the ext file system of", volume.name());
  if (error != 0) return damaged(ext_message(error));
  return ExtLibrary(fs);
}

ExtLibrary::ExtLibrary(ExtLibrary&& other) noexcept : fs_(std::exchange(other.fs_, nullptr)) {}

ExtLibrary::~ExtLibrary() {
  if (fs_ != nullptr) ::ext2fs_free(fs_);  // not close(): that might write
}

void ExtLibrary::will_read(ExtentList blocks) const {
  Channel& channel = channel_of(fs_->io);
  channel.volume->will_read(blocks);
  channel.windows.announce(std::move(blocks));
}

void ExtLibrary::prefetch(const ExtentList& blocks) const {
  channel_of(fs_->io).volume->will_read(blocks);
}

void ExtLibrary::renew_budget() const noexcept {
  channel_of(fs_->io).blocks_left = kBudgetBase + 2 * total_blocks();
}

}  // namespace tintype
