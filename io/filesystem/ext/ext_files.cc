#include "io/filesystem/ext/ext_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <limits>
#include <unordered_set>
#include <utility>

#include "io/filesystem/file_runs.h"
#include "io/safe_component.h"

namespace tintype {
namespace {

constexpr std::size_t kPathBytesMax = 16u << 10;
constexpr std::uint64_t kInlineBytesMax = 64u << 10;  // an inode and its attribute are smaller

struct Child {
  ext2_ino_t inode_number;
  std::uint32_t name_bytes;
  std::uint64_t name_begin;  // in FolderReading::names
  bool wanted;
};

// What the library's C callback fills; nothing may be thrown through the library. A folder of tens
// of thousands of logs is nothing unusual: their names stand in one string.
struct FolderReading {
  const std::function<bool(const std::string&)>* wanted;
  std::string path;  // of the folder and a slash; in the callback of the child
  std::size_t folder_bytes = path.size();
  std::string names{};
  std::vector<Child> children{};
  bool out_of_memory = false;

  [[nodiscard]] std::string path_of(const Child& child) const {
    std::string whole;
    whole.reserve(folder_bytes + child.name_bytes);
    whole.append(path, 0, folder_bytes).append(names, child.name_begin, child.name_bytes);
    return whole;
  }
};

int read_entry(ext2_ino_t, int kind, struct ext2_dir_entry* entry, int, int, char*,
               void* context) noexcept {
  auto& reading = *static_cast<FolderReading*>(context);
  if (kind != DIRENT_OTHER_FILE || entry->inode == 0) return 0;
  try {
    const std::string name = safe_component(
        std::string(entry->name, static_cast<std::size_t>(ext2fs_dirent_name_len(entry))));
    reading.path.replace(reading.folder_bytes, std::string::npos, name);
    const int type = ext2fs_dirent_file_type(entry);
    const bool is_wanted = (*reading.wanted)(reading.path);
    // The type is a hint: what an inode is, the inode says.
    if (is_wanted || type == EXT2_FT_DIR || type == EXT2_FT_UNKNOWN) {
      reading.children.push_back(
          {entry->inode, static_cast<std::uint32_t>(name.size()), reading.names.size(), is_wanted});
      reading.names += name;
    }
    return 0;
  } catch (...) {
    reading.out_of_memory = true;
    return DIRENT_ABORT;
  }
}

// Runs of a file in file order, each claim checked before it is kept.
class RunCollector {
 public:
  explicit RunCollector(const ExtLibrary& library) : library_(library) {}

  // False: no use in going on.
  bool add(std::uint64_t file_block, std::uint64_t volume_block, std::uint64_t blocks,
           bool written) {
    if (file_block < next_block_) return fail("its extents overlap");
    if (volume_block < library_.first_block() || volume_block >= library_.total_blocks() ||
        blocks > library_.total_blocks() - volume_block)
      return fail("one of its extents lies outside the volume");
    next_block_ = file_block + blocks;
    mapped_blocks_ += blocks;
    if (mapped_blocks_ > library_.total_blocks())
      return fail("it claims more blocks than the volume has");
    const std::uint64_t unit = library_.block_bytes();
    if (written) append_run(runs_, {file_block * unit, volume_block * unit, blocks * unit});
    return runs_.size() <= kFileRunsMax || fail("it is in too many fragments");
  }
  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  void finish(FileEntry& entry) {
    entry.problem = std::move(problem_);
    if (!entry.problem.empty()) return;
    entry.runs = std::move(runs_);
    clip_runs(entry.runs, entry.size_bytes);
  }

 private:
  const ExtLibrary& library_;
  std::vector<FileRun> runs_;
  std::uint64_t next_block_ = 0;
  std::uint64_t mapped_blocks_ = 0;
  std::string problem_;
};

void collect_extents(const ExtLibrary& library, ext2_ino_t number, ext2_inode inode,
                     RunCollector& collector) {
  ext2_extent_handle_t handle = nullptr;
  errcode_t error = ::ext2fs_extent_open2(library.get(), number, &inode, &handle);
  if (error != 0) {
    collector.fail("its extents cannot be read: " + ext_message(error));
    return;
  }
  // Unwritten extents own their blocks but read as zeros.
  std::uint64_t steps_left = 2 * library.total_blocks() + 16;
  for (int move = EXT2_EXTENT_ROOT; steps_left > 0; move = EXT2_EXTENT_NEXT, --steps_left) {
    ext2fs_extent extent = {};
    error = ::ext2fs_extent_get(handle, move, &extent);
    if (error != 0) break;
    if ((extent.e_flags & EXT2_EXTENT_FLAGS_LEAF) == 0) continue;
    if (!collector.add(extent.e_lblk, extent.e_pblk, extent.e_len,
                       (extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT) == 0))
      break;
  }
  ::ext2fs_extent_free(handle);
  if (steps_left == 0) collector.fail("its extents lead in circles");
  if (error != 0 && error != EXT2_ET_EXTENT_NO_NEXT)
    collector.fail("its extents cannot be read: " + ext_message(error));
}

struct BlockReading {
  RunCollector* collector;
  std::uint64_t end_block;
  bool out_of_memory = false;
};

int read_block(ext2_filsys, blk64_t* block, e2_blkcnt_t file_block, blk64_t, int,
               void* context) noexcept {
  auto& reading = *static_cast<BlockReading*>(context);
  if (file_block < 0) return 0;
  if (static_cast<std::uint64_t>(file_block) >= reading.end_block) return BLOCK_ABORT;
  try {
    return reading.collector->add(static_cast<std::uint64_t>(file_block), *block, 1, true)
               ? 0
               : BLOCK_ABORT;
  } catch (...) {
    reading.out_of_memory = true;
    return BLOCK_ABORT;
  }
}

// The map of ext2 and ext3: blocks, and blocks of block numbers.
void collect_blocks(const ExtLibrary& library, ext2_ino_t number, std::uint64_t size_bytes,
                    RunCollector& collector) {
  BlockReading reading{&collector, size_bytes / library.block_bytes() +
                                       (size_bytes % library.block_bytes() != 0 ? 1 : 0)};
  const errcode_t error =
      ::ext2fs_block_iterate3(library.get(), number, BLOCK_FLAG_READ_ONLY | BLOCK_FLAG_DATA_ONLY,
                              nullptr, read_block, &reading);
  if (reading.out_of_memory) throw std::bad_alloc();
  if (error != 0) collector.fail("its block map cannot be read: " + ext_message(error));
}

errcode_t read_inode(const ExtLibrary& library, ExtFile& file) {
  return ::ext2fs_read_inode_full(library.get(), file.inode_number,
                                  reinterpret_cast<ext2_inode*>(&file.inode), sizeof file.inode);
}

// A folder grows block by block while its files are written, so the blocks of a large one lie
// scattered: waiting for each would take longer than reading a hundred of its files.
void announce_folder(const ExtLibrary& library, ext2_ino_t number) {
  ExtFile folder{.path = "", .inode_number = number};
  if (read_inode(library, folder) != 0) return;
  if (EXT2_I_SIZE(&folder.inode) <= library.block_bytes()) return;
  const FileEntry entry = map_ext_file(library, std::move(folder));
  ExtentList blocks;
  for (const FileRun& run : entry.runs) blocks.push_back({run.volume_offset, run.length});
  library.will_read(normalized(std::move(blocks)));
}

// The same for the inodes of its files: their tables are read with many reads in flight, not one
// block after the other. `children` are sorted by inode number.
void announce_inodes(const ExtLibrary& library, const std::vector<Child>& children) {
  const ext2_filsys file_system = library.get();
  const std::uint32_t in_group = file_system->super->s_inodes_per_group;
  const std::uint32_t inode_bytes = EXT2_INODE_SIZE(file_system->super);
  const std::uint64_t block_bytes = library.block_bytes();
  if (children.size() <= block_bytes / inode_bytes) return;
  ExtentList blocks;
  for (const Child& child : children) {
    if (child.inode_number == 0 || child.inode_number > file_system->super->s_inodes_count)
      continue;
    const std::uint32_t group = (child.inode_number - 1) / in_group;
    const std::uint32_t place = (child.inode_number - 1) % in_group;
    const std::uint64_t block = ::ext2fs_inode_table_loc(file_system, group) +
                                std::uint64_t{place} * inode_bytes / block_bytes;
    if (block >= library.total_blocks()) continue;
    if (blocks.empty() || blocks.back().offset != block * block_bytes)
      blocks.push_back({block * block_bytes, block_bytes});
  }
  library.prefetch(normalized(std::move(blocks)));
}

}  // namespace

// Inodes of more than 128 bytes have two more bits of the second, and its fractions.
std::timespec ext_modified_time(const ExtLibrary& library, const ext2_inode_large& inode) {
  std::timespec time = {};
  time.tv_sec = static_cast<std::int32_t>(inode.i_mtime);
  constexpr std::size_t kNeeded = offsetof(ext2_inode_large, i_mtime_extra) + 4;
  if (EXT2_INODE_SIZE(library.get()->super) < kNeeded ||
      EXT2_GOOD_OLD_INODE_SIZE + std::size_t{inode.i_extra_isize} < kNeeded)
    return time;
  time.tv_sec += std::int64_t{inode.i_mtime_extra & EXT4_EPOCH_MASK} << 32;
  const std::uint32_t nanoseconds = inode.i_mtime_extra >> EXT4_EPOCH_BITS;
  time.tv_nsec = nanoseconds < 1'000'000'000 ? static_cast<long>(nanoseconds) : 0;
  return time;
}

Result<void> walk_ext_files(const ExtLibrary& library,
                            const std::function<bool(const std::string&)>& wanted,
                            const std::function<void(ExtFile&&)>& visit,
                            std::vector<std::string>* unread_folders,
                            const std::function<void(std::size_t)>& expect,
                            const std::function<void(ExtFile&&)>& visit_other) {
  library.renew_budget();
  std::unordered_set<ext2_ino_t> seen_folders{EXT2_ROOT_INO}, seen_linked;
  std::vector<std::pair<ext2_ino_t, std::string>> folders{{EXT2_ROOT_INO, ""}};
  while (!folders.empty()) {
    const auto [folder_number, folder] = std::move(folders.back());
    folders.pop_back();
    announce_folder(library, folder_number);
    FolderReading reading{.wanted = &wanted, .path = folder + "/"};
    errcode_t error =
        ::ext2fs_dir_iterate2(library.get(), folder_number, 0, nullptr, read_entry, &reading);
    if (reading.out_of_memory) throw std::bad_alloc();
    if (error != 0 && unread_folders != nullptr && error != EXT2_ET_CANCEL_REQUESTED)
      unread_folders->push_back(folder + "/");  // what of it could be read is visited all the same
    else if (error != 0)
      return plain_error(fmt::format("cannot read the folder {}/ of the ext file system: {}",
                                     folder, ext_message(error)),
                         "e2fsck repairs it; the volume can still be copied as a whole");
    // Inodes lie in tables by their number: in that order each block of a table is read once.
    std::ranges::sort(reading.children, {}, &Child::inode_number);
    announce_inodes(library, reading.children);
    if (expect) expect(reading.children.size());
    for (const Child& child : reading.children) {
      ExtFile file{.path = reading.path_of(child), .inode_number = child.inode_number};
      error = read_inode(library, file);
      if (error != 0) {
        file.problem = "its inode cannot be read: " + ext_message(error);
        if (child.wanted) visit(std::move(file));
      } else if (LINUX_S_ISDIR(file.inode.i_mode)) {
        if (file.path.size() > kPathBytesMax)
          return plain_error("the folders of the ext file system lead too deep");
        if (!seen_folders.insert(file.inode_number).second) continue;
        folders.emplace_back(file.inode_number, file.path);
        if (child.wanted && visit_other) visit_other(std::move(file));
      } else if (child.wanted && LINUX_S_ISREG(file.inode.i_mode) &&
                 (file.inode.i_links_count <= 1 || seen_linked.insert(file.inode_number).second)) {
        visit(std::move(file));
      } else if (child.wanted && visit_other) {
        visit_other(std::move(file));
      }
    }
  }
  return {};
}

FileEntry map_ext_file(const ExtLibrary& library, ExtFile&& file) {
  FileEntry entry;
  entry.path = std::move(file.path);
  entry.id = file.inode_number;
  entry.problem = std::move(file.problem);
  if (!entry.problem.empty()) return entry;
  ext2_inode inode;  // as the library's functions take it
  std::memcpy(&inode, &file.inode, sizeof inode);
  entry.modified = ext_modified_time(library, file.inode);
  entry.mode = static_cast<std::uint16_t>(file.inode.i_mode & 07777);
  entry.size_bytes = entry.valid_bytes = EXT2_I_SIZE(&inode);
  if ((inode.i_flags & EXT4_ENCRYPT_FL) != 0) {
    entry.storage = FileStorage::encrypted;
  } else if ((inode.i_flags & EXT2_COMPRBLK_FL) != 0) {
    entry.storage = FileStorage::compressed;
  } else if ((inode.i_flags & EXT4_INLINE_DATA_FL) != 0) {
    entry.storage = FileStorage::resident;
    if (entry.size_bytes > kInlineBytesMax) entry.problem = "its size does not fit into its inode";
  } else if (entry.size_bytes > std::numeric_limits<std::int64_t>::max()) {
    entry.problem = "its size is impossible";
  } else {
    RunCollector collector(library);
    if ((inode.i_flags & EXT4_EXTENTS_FL) != 0)
      collect_extents(library, file.inode_number, inode, collector);
    else
      collect_blocks(library, file.inode_number, entry.size_bytes, collector);
    collector.finish(entry);
  }
  return entry;
}

Result<std::vector<std::byte>> read_ext_inline(const ExtLibrary& library, const FileEntry& file) {
  library.renew_budget();
  const auto number = static_cast<ext2_ino_t>(file.id);
  const auto failed = [&](errcode_t error) {
    return plain_error(fmt::format("cannot read {}: {}", file.path, ext_message(error)));
  };
  std::size_t bytes = 0;
  if (const errcode_t error = ::ext2fs_inline_data_size(library.get(), number, &bytes); error != 0)
    return failed(error);
  std::vector<std::byte> content(bytes);
  if (const errcode_t error =
          ::ext2fs_inline_data_get(library.get(), number, nullptr, content.data(), &bytes);
      error != 0)
    return failed(error);
  // The room in the inode may be larger than the file, or smaller than a damaged size.
  content.resize(static_cast<std::size_t>(file.size_bytes));
  return content;
}

}  // namespace tintype
