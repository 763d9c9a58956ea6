#include "engine/flow/compare_flow.h"

#include <algorithm>

#include "hashing/zero_block.h"
#include "io/aligned_buffer.h"

namespace tintype {
namespace {

struct CompareBlock final : Block {
  std::size_t record = 0;
  Extent range;              // of the target
  std::uint32_t before = 0;  // bytes in the buffer that come before it
  bool is_chunk = false, equal = false;
  Digest128 bytes_digest;
};

}  // namespace

CompareFlow::CompareFlow(const ImagePart& part, const Target& target)
    : part_(part), target_(target) {
  difference_.chunks.resize(part.image().records().size());
}

FlowShape CompareFlow::shape() const {
  // Slack for whole sectors before and behind.
  return {
      .buffer_bytes = part_.image().geometry().chunk_bytes +
                      2 * std::max<std::size_t>(kPageBytes, Block::Read::unit_of(*target_.file)),
      .writes = false};
}

std::unique_ptr<Block> CompareFlow::make_block() const {
  return std::make_unique<CompareBlock>();
}

std::uint64_t CompareFlow::bytes_to_read() const noexcept {
  return total_bytes(parts_within(target_.data, {0, target_.end}));
}

void CompareFlow::begin_zeros(Extent range) {
  zeros_ahead_ = parts_within(target_.data, range);
  std::ranges::reverse(zeros_ahead_);
}

bool CompareFlow::next_piece(Piece& piece) {
  const auto& records = part_.image().records();
  for (;;) {
    if (!zeros_ahead_.empty()) {
      Extent& ahead = zeros_ahead_.back();
      const std::uint64_t length =
          std::min<std::uint64_t>(ahead.length, part_.image().geometry().chunk_bytes);
      piece = {kNoRecord, {ahead.offset, length}};
      ahead.offset += length;
      ahead.length -= length;
      if (ahead.length == 0) zeros_ahead_.pop_back();
      return true;
    }
    if (next_record_ == records.size()) {
      if (tail_begun_ || target_.end <= part_.range().length) return false;
      tail_begun_ = true;
      begin_zeros({part_.range().length, target_.end - part_.range().length});
      continue;
    }
    const std::size_t number = next_record_++;
    const Extent range = part_.target_of(records[number]);
    if (range.length == 0) continue;
    if ((records[number].flags & kRecordRun) != 0) {
      begin_zeros(range);
      continue;
    }
    // A chunk in a hole, or behind the end, differs, and need not be read to know it. (A chunk of
    // nothing but zeros, as a stock image has them, is then written although it need not be.)
    if (range.end() > target_.file->geometry().size_bytes ||
        parts_within(target_.data, range).empty()) {
      difference_.chunks[number] = true;
      difference_.data.push_back(range);
      continue;
    }
    piece = {number, range};
    return true;
  }
}

bool CompareFlow::next(Block& any) {
  auto& block = static_cast<CompareBlock&>(any);
  Piece piece;
  if (!next_piece(piece)) return false;
  block.record = piece.record;
  block.range = piece.range;
  block.is_chunk = piece.record != kNoRecord;
  block.equal = false;
  const std::uint32_t unit = Block::Read::unit_of(*target_.file);
  const std::uint64_t from = piece.range.offset / unit * unit;
  block.before = static_cast<std::uint32_t>(piece.range.offset - from);
  block.reads.push_back(
      {target_.file, from, 0, static_cast<std::uint32_t>(piece.range.length + block.before)});
  return true;
}

void CompareFlow::process(Block& any) const noexcept {
  auto& block = static_cast<CompareBlock&>(any);
  if (!block.unreadable.empty()) return;
  const auto bytes = block.buffer.subspan(block.before, block.range.length);
  if (block.is_chunk)
    block.bytes_digest = xxh3_128(bytes);
  else
    block.equal = is_zero(bytes);
}

Result<void> CompareFlow::place(Block& any) {
  auto& block = static_cast<CompareBlock&>(any);
  if (!block.is_chunk) {
    if (!block.equal) difference_.zeros.push_back(block.range);
    return {};
  }
  bool equal = false;
  if (block.unreadable.empty()) {
    TINTYPE_TRY(const Digest128 wanted, part_.digest_of(part_.image().records()[block.record]));
    equal = block.bytes_digest == wanted;
  }
  if (equal) {
    difference_.equal_bytes += block.range.length;
  } else {
    difference_.chunks[block.record] = true;
    difference_.data.push_back(block.range);
  }
  return {};
}

CompareFlow::Difference CompareFlow::take_difference() {
  difference_.data = normalized(std::move(difference_.data));
  difference_.zeros = normalized(std::move(difference_.zeros));
  return std::move(difference_);
}

}  // namespace tintype
