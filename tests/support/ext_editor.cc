#include "support/ext_editor.h"

#include <stdexcept>
#include <vector>

#include "io/filesystem/ext/ext2fs_header.h"

namespace tintype::test {
namespace {

ext2_filsys as_fs(void* fs) {
  return static_cast<ext2_filsys>(fs);
}

void must(errcode_t error, const char* what) {
  if (error != 0) throw std::runtime_error(std::string(what) + ": " + ::error_message(error));
}

}  // namespace

ExtEditor::ExtEditor(const std::string& image) {
  ext2_filsys fs = nullptr;
  must(::ext2fs_open2(
           image.c_str(), nullptr,
           EXT2_FLAG_RW | EXT2_FLAG_64BITS | EXT2_FLAG_SKIP_MMP | EXT2_FLAG_IGNORE_CSUM_ERRORS, 0,
           0, ::unix_io_manager, &fs),
       "open");
  fs_ = fs;
}

ExtEditor::~ExtEditor() {
  ext2_filsys fs = as_fs(fs_);
  ::ext2fs_mark_super_dirty(fs);
  static_cast<void>(::ext2fs_close_free(&fs));
}

std::uint32_t ExtEditor::groups() const {
  return as_fs(fs_)->group_desc_count;
}
std::uint32_t ExtEditor::clusters_per_group() const {
  return EXT2_CLUSTERS_PER_GROUP(as_fs(fs_)->super);
}
std::uint32_t ExtEditor::inodes_per_group() const {
  return as_fs(fs_)->super->s_inodes_per_group;
}
bool ExtEditor::has_group_flags() const {
  return ext2fs_has_group_desc_csum(as_fs(fs_)) != 0;
}

void ExtEditor::set_bits(Bitmap bitmap, std::uint32_t group, std::uint32_t first,
                         std::uint32_t count, bool value, bool with_checksum) {
  ext2_filsys fs = as_fs(fs_);
  const bool blocks = bitmap == Bitmap::blocks;
  const blk64_t at =
      blocks ? ::ext2fs_block_bitmap_loc(fs, group) : ::ext2fs_inode_bitmap_loc(fs, group);
  std::vector<char> bytes(fs->blocksize);
  must(::io_channel_read_blk64(fs->io, at, 1, bytes.data()), "read");
  for (std::uint32_t bit = first; bit < first + count; ++bit) {
    const auto mask = static_cast<char>(1u << bit % 8);
    bytes[bit / 8] = static_cast<char>(value ? bytes[bit / 8] | mask : bytes[bit / 8] & ~mask);
  }
  must(::io_channel_write_blk64(fs->io, at, 1, bytes.data()), "write");
  if (!with_checksum) return;
  const auto size = static_cast<int>((blocks ? clusters_per_group() : inodes_per_group()) / 8);
  if (blocks)
    ::ext2fs_block_bitmap_csum_set(fs, group, bytes.data(), size);
  else
    ::ext2fs_inode_bitmap_csum_set(fs, group, bytes.data(), size);
  ::ext2fs_group_desc_csum_set(fs, group);
}

void ExtEditor::set_flags(std::uint32_t group, std::uint16_t flags, bool with_checksum) {
  ::ext2fs_bg_flags_set(as_fs(fs_), group, flags);
  if (with_checksum) ::ext2fs_group_desc_csum_set(as_fs(fs_), group);
}

void ExtEditor::set_inodes_unused(std::uint32_t group, std::uint32_t count, bool with_checksum) {
  ::ext2fs_bg_itable_unused_set(as_fs(fs_), group, count);
  if (with_checksum) ::ext2fs_group_desc_csum_set(as_fs(fs_), group);
}

}  // namespace tintype::test
