#include "engine/flow/target_writer.h"

#include <fmt/format.h>

#include <cstring>

namespace tintype {
namespace {

struct ReadBackBlock final : Block {
  Extent range;
  Digest128 digest;
  bool equal = false;
};

// Direct I/O moves whole sectors; the page cache takes any length, and what follows is not ours.
std::uint64_t rounded_up(const File& file, std::uint64_t length) {
  const std::uint64_t unit = file.geometry().direct ? file.geometry().sector_bytes : 1;
  return (length + unit - 1) / unit * unit;
}

}  // namespace

Result<void> TargetWriter::zero(Extent range) const {
  if (reads_as_zeros_ || range.length == 0) return {};
  // A file takes any range; of a device whole sectors, and the last one may be the volume's only in
  // part.
  const bool device = target_.geometry().block_device;
  return target_.zero_range(range.offset,
                            device ? rounded_up(target_, range.length) : range.length);
}

Block::Write TargetWriter::write(Extent range, std::span<std::byte> buffer) const {
  const std::uint64_t whole = rounded_up(target_, range.length);
  std::memset(buffer.data() + range.length, 0, whole - range.length);
  return {&target_, range.offset, buffer.first(whole)};
}

void TargetWriter::written(Extent range, const Digest128& digest) {
  if (read_back_) to_read_back_.push_back({range, digest});
}

std::unique_ptr<Block> TargetWriter::make_read_back_block() const {
  return std::make_unique<ReadBackBlock>();
}

bool TargetWriter::next_read_back(Block& any) {
  if (to_read_back_.empty()) return false;
  auto& block = static_cast<ReadBackBlock&>(any);
  block.range = to_read_back_.front().range;
  block.digest = to_read_back_.front().digest;
  to_read_back_.pop_front();
  block.reads.push_back(
      {&target_, block.range.offset, 0, static_cast<std::uint32_t>(block.range.length)});
  return true;
}

void TargetWriter::process_read_back(Block& any) noexcept {
  auto& block = static_cast<ReadBackBlock&>(any);
  block.equal = xxh3_128(block.buffer.first(block.range.length)) == block.digest;
}

Result<void> TargetWriter::finish_read_back(const Block& any) const {
  const auto& block = static_cast<const ReadBackBlock&>(any);
  if (block.equal) return {};
  return plain_error(fmt::format("{} reads back different at offset {} from what was written there",
                                 target_.path(), block.range.offset),
                     "the target medium or the way to it damages data: do not use this copy");
}

}  // namespace tintype
