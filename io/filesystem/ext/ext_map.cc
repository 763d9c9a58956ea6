#include "io/filesystem/ext/ext_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "io/filesystem/ext/ext_allocated.h"
#include "io/filesystem/ext/ext_nodes.h"
#include "io/filesystem/file_collector.h"
#include "io/filesystem/file_runs.h"
#include "io/filesystem/range_owners.h"

namespace tintype {
namespace {

std::string doubts(ext2_super_block& super) {
  if (ext2fs_has_feature_journal_needs_recovery(&super))
    return "the journal of the ext file system was not replayed";
  if ((super.s_state & EXT2_ERROR_FS) != 0)
    return "the ext file system has recorded errors; e2fsck repairs them";
  if ((super.s_state & EXT2_VALID_FS) == 0 && !ext2fs_has_feature_journal(&super))
    return "the ext file system is not marked clean, and has no journal";
  return "";
}

// As the kernel and libblkid tell them apart.
std::string_view type_of(ext2_super_block& super) {
  constexpr std::uint32_t kExt3Incompat = EXT2_FEATURE_INCOMPAT_FILETYPE |
                                          EXT3_FEATURE_INCOMPAT_RECOVER |
                                          EXT2_FEATURE_INCOMPAT_META_BG;
  constexpr std::uint32_t kExt3RoCompat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
                                          EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
                                          0x0004;  // B-tree folders: defined, never used
  if ((super.s_feature_incompat & ~kExt3Incompat) != 0 ||
      (super.s_feature_ro_compat & ~kExt3RoCompat) != 0)
    return "ext4";
  return ext2fs_has_feature_journal(&super) ? "ext3" : "ext2";
}

class ExtMap final : public FilesystemMap {
 public:
  ExtMap(const Volume& volume, ExtLibrary library, ExtAllocated&& found)
      : volume_(volume), library_(std::move(library)), allocated_(std::move(found.allocated)) {
    for (std::string& text : found.remarks)
      remarks_.push_back({Remark::Kind::damage, std::move(text)});
    ext2_super_block& super = *library_.get()->super;
    const auto* name = reinterpret_cast<const char*>(super.s_volume_name);
    label_.assign(name, std::find(name, name + sizeof super.s_volume_name, '\0'));
    unreliable_ = doubts(super);
    type_ = type_of(super);
  }

  std::string_view type() const noexcept override { return type_; }
  const std::string& label() const noexcept override { return label_; }
  std::uint32_t cluster_bytes() const noexcept override {
    return static_cast<std::uint32_t>(EXT2_CLUSTER_SIZE(library_.get()->super));
  }
  const ExtentList& allocated() const noexcept override { return allocated_; }
  const std::string& unreliable() const noexcept override { return unreliable_; }
  std::span<const Remark> remarks() const noexcept override { return remarks_; }

  using FilesystemMap::find;
  Result<std::vector<FileEntry>> find(const Wanted& wanted, FoundBeside* beside) const override;
  Result<void> read(const FileEntry& file, std::uint64_t offset,
                    std::span<std::byte> bytes) const override;
  Result<std::vector<Owner>> owners(const ExtentList& ranges) const override;

 private:
  const Volume& volume_;
  mutable std::mutex library_mutex_;  // the library is not thread-safe
  ExtLibrary library_;
  ExtentList allocated_;
  std::string_view type_;
  std::string label_;
  std::string unreliable_;
  std::vector<Remark> remarks_;
};

Result<std::vector<FileEntry>> ExtMap::find(const Wanted& wanted, FoundBeside* beside) const {
  FileCollector found(beside);
  std::unordered_map<std::uint64_t, std::string> first_names;  // of files with several
  {
    const std::lock_guard lock(library_mutex_);
    TINTYPE_CHECK(walk_ext_files(
        library_, wanted,
        [&](ExtFile&& file) {
          if (found.overflowed()) return;
          if (beside != nullptr && file.inode.i_links_count > 1)
            first_names.emplace(file.inode_number, file.path);
          found.add(map_ext_file(library_, std::move(file)));
        },
        beside == nullptr ? nullptr : &beside->unread_folders,
        [&](std::size_t more) { found.expect(more); },
        [&](ExtFile&& other) {
          if (found.overflowed() || beside == nullptr) return;
          const auto first = first_names.find(other.inode_number);
          found.add(first == first_names.end() ? ext_node(library_, volume_, std::move(other))
                                               : FileNode{.kind = FileNode::Kind::hard_link,
                                                          .path = std::move(other.path),
                                                          .text = first->second,
                                                          .id = other.inode_number});
        }));
  }
  return std::move(found).finish(FileCollector::Claims::compared);
}

Result<void> ExtMap::read(const FileEntry& file, std::uint64_t offset,
                          std::span<std::byte> bytes) const {
  return read_file(volume_, file, offset, bytes, [&]() -> Result<std::vector<std::byte>> {
    const std::lock_guard lock(library_mutex_);
    return read_ext_inline(library_, file);
  });
}

Result<std::vector<FilesystemMap::Owner>> ExtMap::owners(const ExtentList& ranges) const {
  const std::lock_guard lock(library_mutex_);
  std::vector<std::string> paths;  // of those that won a range
  RangeOwners owners(ranges);
  TINTYPE_CHECK(walk_ext_files(
      library_, [](const std::string&) { return true; },
      [&](ExtFile&& file) {
        const FileEntry entry = map_ext_file(library_, std::move(file));
        bool won = false;
        for (const FileRun& run : entry.runs) won |= owners.claim(run, paths.size());
        if (won) paths.push_back(entry.path);
      }));
  std::vector<Owner> answers;
  for (const RangeOwners::Owner& owner : owners.owners()) {
    Owner& answer = answers.emplace_back();
    if (owner.key == RangeOwners::kNobody) continue;
    answer = {paths[owner.key], owner.file_offset};
  }
  return answers;
}

}  // namespace

Result<std::unique_ptr<FilesystemMap>> open_ext_map(const Volume& volume) {
  TINTYPE_TRY(ExtLibrary library, ExtLibrary::open(volume));
  TINTYPE_TRY(ExtAllocated found, read_ext_allocated(library, volume));
  return std::make_unique<ExtMap>(volume, std::move(library), std::move(found));
}

}  // namespace tintype
