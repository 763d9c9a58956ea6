#include "io/filesystem/ext/ext_inode_scan.h"

#include <cstring>
#include <unordered_set>

#include "io/filesystem/ext/ext_inode_map.h"

namespace tintype {
namespace {

constexpr std::uint64_t kPieceBytes = 1u << 20;  // of a table, read at once
constexpr std::uint64_t kReadAheadBytes = 8u << 20;
// Blocks of trees on their way together. The worst that one batch leads to is 16 Ki blocks a block:
// 16 MiB of nodes to read for each of at most four levels.
constexpr std::size_t kNodesInFlight = 64;
constexpr std::size_t kNodesHeldMax = 64u << 10;
// A file is only counted once, as long as there are not more of them: then they were counted well.
constexpr std::size_t kNamedMax = 1u << 20;

constexpr std::uint32_t kBadBlocksInode = 1;  // owns no data, but what is lost

class CountedInodes {
 public:
  void add(std::uint32_t number) {
    if (seen_.size() >= kNamedMax || !seen_.insert(number).second) return;
    if (first_ == 0 || number < first_) first_ = number;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return seen_.size(); }
  [[nodiscard]] std::uint32_t first() const noexcept { return first_; }

 private:
  std::unordered_set<std::uint32_t> seen_;
  std::uint32_t first_ = 0;
};

class InodeScan {
 public:
  InodeScan(const ExtLibrary& library, const Volume& volume, ClaimedSet& claimed)
      : fs_(library.get()),
        volume_(volume),
        claimed_(claimed),
        shape_{static_cast<std::uint32_t>(library.block_bytes()), library.first_block(),
               library.total_blocks()},
        inode_bytes_(EXT2_INODE_SIZE(fs_->super)),
        in_group_(fs_->super->s_inodes_per_group),
        reserved_(EXT2_FIRST_INODE(fs_->super)),
        has_flags_(ext2fs_has_group_desc_csum(fs_) != 0),
        has_checksums_(ext2fs_has_feature_metadata_csum(fs_->super) != 0),
        // Of what has more than four pieces every fifth block at most is one of a tree.
        nodes_left_((64u << 10) + shape_.total_blocks / 4),
        block_(shape_.block_bytes) {
    marks_.resize((in_group_ + 7) / 8);
  }

  ExtInodeFindings run() {
    piece_.resize(std::max<std::uint64_t>(kPieceBytes / inode_bytes_, 1) * inode_bytes_);
    for (dgrp_t group = 0; group < fs_->group_desc_count && findings_.unknown.empty(); ++group)
      scan_group(group);
    read_nodes();
    findings_.files_unmarked = unmarked_.count();
    findings_.first_unmarked = unmarked_.first();
    findings_.files_damaged = damaged_.count();
    findings_.first_damaged = damaged_.first();
    return std::move(findings_);
  }

 private:
  struct Group {
    std::uint64_t table_at = 0;     // bytes
    std::uint32_t initialised = 0;  // inodes, by the group's flags and count
    bool zeroed = false;            // the rest of the table was
    bool marks_known = false;       // by the inode bitmap
  };

  void scan_group(dgrp_t group) {
    Group now;
    const std::uint64_t block = ::ext2fs_inode_table_loc(fs_, group);
    const std::uint64_t table_blocks = fs_->inode_blocks_per_group;
    if (block < shape_.first_block || block >= shape_.total_blocks ||
        table_blocks > shape_.total_blocks - block)
      return unknown("the table of inodes of group " + std::to_string(group) +
                     " lies outside the volume");
    now.table_at = block * shape_.block_bytes;
    read_ahead(group, now.table_at);
    read_flags(group, now);
    std::uint32_t place = 0;
    while (place < in_group_ && findings_.unknown.empty()) {
      const auto count = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(in_group_ - place, piece_.size() / inode_bytes_));
      const auto bytes = std::span(piece_).first(std::size_t{count} * inode_bytes_);
      if (!volume_.read(now.table_at + std::uint64_t{place} * inode_bytes_, bytes))
        return unknown("a table of inodes cannot be read");
      for (std::uint32_t i = 0; i < count; ++i)
        visit(now, group, place + i, bytes.subspan(std::size_t{i} * inode_bytes_, inode_bytes_));
      place += count;
    }
  }

  // Tables of neighbouring groups lie behind one another, or a group apart: either way the next
  // ones are on their way while one is looked at.
  void read_ahead(dgrp_t group, std::uint64_t table_at) {
    if (group < announced_to_) return;
    const std::uint64_t table_bytes =
        std::uint64_t{fs_->inode_blocks_per_group} * shape_.block_bytes;
    ExtentList tables{{table_at, table_bytes}};
    dgrp_t next = group + 1;
    for (; next < fs_->group_desc_count && total_bytes(tables) < kReadAheadBytes; ++next) {
      const std::uint64_t block = ::ext2fs_inode_table_loc(fs_, next);
      if (block < shape_.total_blocks && fs_->inode_blocks_per_group <= shape_.total_blocks - block)
        tables.push_back({block * shape_.block_bytes, table_bytes});
    }
    announced_to_ = next;
    volume_.will_read(normalized(std::move(tables)));
  }

  void read_flags(dgrp_t group, Group& now) {
    now.initialised = in_group_;
    now.zeroed = true;
    const bool no_bitmap =
        has_flags_ && ::ext2fs_bg_flags_test(fs_, group, EXT2_BG_INODE_UNINIT) != 0;
    if (has_flags_) {
      now.zeroed = ::ext2fs_bg_flags_test(fs_, group, EXT2_BG_INODE_ZEROED) != 0;
      now.initialised =
          no_bitmap ? 0 : in_group_ - std::min(in_group_, ::ext2fs_bg_itable_unused(fs_, group));
    }
    std::ranges::fill(marks_, std::byte{0});
    now.marks_known = true;
    if (no_bitmap) return;
    const std::uint64_t block = ::ext2fs_inode_bitmap_loc(fs_, group);
    now.marks_known = block < shape_.total_blocks && marks_.size() <= block_.size() &&
                      volume_.read(block * shape_.block_bytes, marks_).has_value();
    if (!now.marks_known) std::ranges::fill(marks_, std::byte{0xFF});
  }

  void visit(const Group& group, dgrp_t group_number, std::uint32_t place,
             std::span<const std::byte> inode) {
    const ExtInodeHead head = ext_inode_head(inode);
    if (head.empty) return;
    const std::uint32_t number = group_number * in_group_ + place + 1;
    if (number == kBadBlocksInode) return;
    const bool marked = (static_cast<unsigned>(marks_[place / 8]) >> place % 8 & 1) != 0 &&
                        place < group.initialised;
    if (head.links == 0 && !marked && number >= reserved_) return;  // deleted
    // What is left of an earlier file system in a table that was never written: where inodes have
    // checksums, they tell.
    const bool never_written = place >= group.initialised && !group.zeroed;
    if (never_written && has_checksums_ && !checksum_is_right(number, inode)) return;
    claims_.clear();
    add_ext_inode_claims(shape_, number, inode, claims_);
    if (!marked && number >= reserved_) {
      ++findings_.inodes_unmarked;
      findings_.maybe_leftovers |= never_written && !has_checksums_;
    }
    take_claims(number);
    if (nodes_.size() >= kNodesHeldMax) read_nodes();
  }

  [[nodiscard]] bool checksum_is_right(std::uint32_t number,
                                       std::span<const std::byte> bytes) const {
    std::vector<std::byte> room(std::max(bytes.size(), sizeof(ext2_inode_large)));
    std::memcpy(room.data(), bytes.data(), bytes.size());
    return ::ext2fs_inode_csum_verify(fs_, number,
                                      reinterpret_cast<ext2_inode_large*>(room.data())) != 0;
  }

  void take_claims(std::uint32_t number) {
    for (const ExtClaims::Range& range : claims_.ranges)
      if (claimed_.claim(range.block * shape_.block_bytes, range.blocks * shape_.block_bytes))
        unmarked_.add(number);
    if (claims_.damaged) damaged_.add(number);
    nodes_.insert(nodes_.end(), claims_.nodes.begin(), claims_.nodes.end());
  }

  // The last ones first, so that the list stays short, and many at once, because they lie
  // scattered.
  void read_nodes() {
    std::vector<ExtMapNode> batch;
    while (!nodes_.empty()) {
      const std::size_t count = std::min(kNodesInFlight, nodes_.size());
      batch.assign(nodes_.end() - static_cast<std::ptrdiff_t>(count), nodes_.end());
      nodes_.resize(nodes_.size() - count);
      if (count > nodes_left_) return unknown("the maps of its files lead in circles");
      nodes_left_ -= count;
      std::ranges::sort(batch, {}, &ExtMapNode::block);
      ExtentList blocks;
      for (const ExtMapNode& node : batch)
        blocks.push_back({node.block * shape_.block_bytes, shape_.block_bytes});
      if (count > 1) volume_.will_read(normalized(std::move(blocks)));
      for (const ExtMapNode& node : batch) {
        if (!volume_.read(node.block * shape_.block_bytes, block_))
          return unknown("a block of the map of a file cannot be read");
        claims_.clear();
        add_ext_node_claims(shape_, node, block_, claims_);
        take_claims(node.inode_number);
      }
    }
  }

  void unknown(std::string why) {
    if (findings_.unknown.empty()) findings_.unknown = std::move(why);
    nodes_.clear();
  }

  ext2_filsys fs_;
  const Volume& volume_;
  ClaimedSet& claimed_;
  const ExtShape shape_;
  const std::uint32_t inode_bytes_, in_group_, reserved_;
  const bool has_flags_, has_checksums_;
  std::uint64_t nodes_left_;
  std::vector<std::byte> block_, piece_, marks_;
  std::vector<ExtMapNode> nodes_;  // to be read
  ExtClaims claims_;
  CountedInodes unmarked_, damaged_;
  dgrp_t announced_to_ = 0;
  ExtInodeFindings findings_;
};

}  // namespace

ExtInodeFindings scan_ext_inodes(const ExtLibrary& library, const Volume& volume,
                                 ClaimedSet& claimed) {
  return InodeScan(library, volume, claimed).run();
}

}  // namespace tintype
