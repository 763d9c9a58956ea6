// The bitmaps are read here, and not by ext2fs_read_block_bitmap(), which writes past its memory
// when descriptors and superblock disagree (libext2fs 1.47.0).
#include "io/filesystem/ext/ext_allocated.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "io/filesystem/ext/ext_inode_scan.h"

namespace tintype {
namespace {

class GroupReader {
 public:
  GroupReader(const ExtLibrary& library, const Volume& volume)
      : fs_(library.get()),
        volume_(volume),
        unit_(library.block_bytes()),
        total_blocks_(library.total_blocks()),
        cluster_blocks_(std::uint64_t{1} << fs_->cluster_ratio_bits),
        block_(unit_),
        allocated_(volume.size_bytes()) {
    add(0, library.first_block() + 1);  // boot block and superblock
    allocated_.add(0, 2048);
    add(fs_->super->s_mmp_block, 1);
    const std::uint64_t fs_end = total_blocks_ * unit_;
    allocated_.add(fs_end, volume.size_bytes() - fs_end);
  }

  Result<void> read(dgrp_t group) {
    // What a damaged descriptor says of bitmaps and tables leads anywhere.
    if (::ext2fs_group_desc_csum_verify(fs_, group) == 0)
      return damaged(fmt::format("the descriptor of group {} does not match its checksum", group));
    // A group never written to has no bitmap yet, and its metadata may lie in other groups.
    add_metadata(group);
    if (ext2fs_has_group_desc_csum(fs_) != 0 &&
        ::ext2fs_bg_flags_test(fs_, group, EXT2_BG_BLOCK_UNINIT) != 0)
      return {};
    const std::uint64_t at = ::ext2fs_block_bitmap_loc(fs_, group);
    if (at == 0 || at >= total_blocks_) return damaged(bitmap_of(group, "lies outside the volume"));
    const std::size_t clusters = EXT2_CLUSTERS_PER_GROUP(fs_->super);
    const std::uint64_t first = ::ext2fs_group_first_block2(fs_, group);
    if (!volume_.read(at * unit_, block_)) {  // a bad sector: copy it all
      add(first, clusters * cluster_blocks_);
      return {};
    }
    if (::ext2fs_block_bitmap_csum_verify(fs_, group, reinterpret_cast<char*>(block_.data()),
                                          static_cast<int>(clusters / 8)) == 0)
      return damaged(bitmap_of(group, "does not match its checksum"));
    for (std::size_t i = 0; i < clusters; ++i) {
      if (i % 8 == 0 && block_[i / 8] == std::byte{0}) {
        i += 7;
        continue;
      }
      if ((static_cast<unsigned>(block_[i / 8]) >> i % 8 & 1) != 0)
        add(first + i * cluster_blocks_, cluster_blocks_);
    }
    return {};
  }
  [[nodiscard]] ExtentList finish() { return allocated_.finish(); }

 private:
  void add(std::uint64_t block, std::uint64_t count) {
    if (block < total_blocks_)
      allocated_.add(block * unit_, std::min(count, total_blocks_ - block) * unit_);
  }
  void add_metadata(dgrp_t group) {
    blk64_t super = 0, old_descriptors = 0, new_descriptors = 0;
    (void)::ext2fs_super_and_bgd_loc2(fs_, group, &super, &old_descriptors, &new_descriptors,
                                      nullptr);
    if (super != 0) add(super, 1);
    if (old_descriptors != 0)
      add(old_descriptors, fs_->desc_blocks + fs_->super->s_reserved_gdt_blocks);
    if (new_descriptors != 0) add(new_descriptors, 1);
    add(::ext2fs_block_bitmap_loc(fs_, group), 1);
    add(::ext2fs_inode_bitmap_loc(fs_, group), 1);
    add(::ext2fs_inode_table_loc(fs_, group), fs_->inode_blocks_per_group);
  }
  [[nodiscard]] static std::string bitmap_of(dgrp_t group, const char* what) {
    return fmt::format("the block bitmap of group {} {}", group, what);
  }
  [[nodiscard]] static tl::unexpected<Error> damaged(const std::string& what) {
    return plain_error("the ext file system is damaged: " + what,
                       "e2fsck repairs it; the volume can still be copied as a whole");
  }

  ext2_filsys fs_;
  const Volume& volume_;
  std::uint64_t unit_;
  std::uint64_t total_blocks_;
  std::uint64_t cluster_blocks_;
  std::vector<std::byte> block_;
  AllocatedSet allocated_;
};

// What files and bitmaps disagree in, as remarks.
void tell(const ExtInodeFindings& found, std::uint64_t unmarked_blocks,
          std::vector<std::string>& remarks) {
  constexpr const char* kRepair = "e2fsck repairs it";
  if (unmarked_blocks != 0)
    remarks.push_back(fmt::format(
        "its bitmaps call {} free that {} {} (the first is inode {}){}: {} copied all the same; {}",
        counted(unmarked_blocks, "block"), counted(found.files_unmarked, "file"),
        word_for(found.files_unmarked, "owns", "own"), found.first_unmarked,
        found.maybe_leftovers ? ", or an earlier file system owned" : "",
        word_for(unmarked_blocks, "it is", "they are"), kRepair));
  else if (found.inodes_unmarked != 0 && !found.maybe_leftovers)
    remarks.push_back(fmt::format("its bitmaps call {} free that {} in use: {}",
                                  counted(found.inodes_unmarked, "inode"),
                                  word_for(found.inodes_unmarked, "is", "are"), kRepair));
  if (found.files_damaged != 0)
    remarks.push_back(fmt::format(
        "the {} of {} {} damaged (the first is inode {}): what {} of blocks that cannot be is left "
        "out; {}",
        word_for(found.files_damaged, "map", "maps"), counted(found.files_damaged, "file"),
        word_for(found.files_damaged, "is", "are"), found.first_damaged,
        word_for(found.files_damaged, "it says", "they say"), kRepair));
  if (!found.unknown.empty())
    remarks.push_back(
        fmt::format("{}: what its files own is not known, every block is copied", found.unknown));
}

}  // namespace

Result<ExtAllocated> read_ext_allocated(const ExtLibrary& library, const Volume& volume) {
  GroupReader reader(library, volume);
  for (dgrp_t group = 0; group < library.get()->group_desc_count; ++group)
    TINTYPE_CHECK(reader.read(group));
  ClaimedSet claimed(reader.finish(), volume.size_bytes());
  const ExtInodeFindings found = scan_ext_inodes(library, volume, claimed);
  ClaimedSet::Both both = claimed.finish();
  ExtAllocated result{.allocated = std::move(both.allocated), .remarks = {}};
  if (!found.unknown.empty()) result.allocated = {{0, volume.size_bytes()}};
  tell(found, both.unmarked_bytes / library.block_bytes(), result.remarks);
  return result;
}

}  // namespace tintype
