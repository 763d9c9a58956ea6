#include "engine/pipeline/capture_plan.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tintype {
namespace {

// Two parts of a chunk closer than this are one request: a gap of this size takes less time to
// read than a request of its own takes to be made.
constexpr std::uint64_t kBridgedGapBytes = 64 * 1024;

}  // namespace

CapturePlan::CapturePlan(std::uint64_t volume_bytes, std::uint32_t chunk_bytes, ExtentList captured,
                         const ExtentList& data, bool every_chunk)
    : volume_bytes_(volume_bytes),
      chunk_bytes_(chunk_bytes),
      every_chunk_(every_chunk),
      captured_(std::move(captured)),
      data_(intersection(captured_, data)) {
  assert(data_.empty() || data_.back().end() <= volume_bytes_);
}

bool CapturePlan::next(Chunk& chunk) {
  chunk.data.clear();
  const std::uint64_t gap_start = position_;
  if (!every_chunk_)
    position_ = extent_ < data_.size()
                    ? std::max(position_, data_[extent_].offset / chunk_bytes_ * chunk_bytes_)
                    : volume_bytes_;
  chunk.gap = {gap_start, position_ - gap_start};
  if (position_ >= volume_bytes_) return false;

  const std::uint64_t end = std::min(position_ + chunk_bytes_, volume_bytes_);
  chunk.range = {position_, end - position_};
  while (extent_ < data_.size() && data_[extent_].offset < end) {
    const std::uint64_t from = std::max(data_[extent_].offset, position_);
    const std::uint64_t to = std::min(data_[extent_].end(), end);
    chunk.data.push_back({from, to - from});
    if (data_[extent_].end() > end) break;
    ++extent_;
  }
  position_ = end;
  return true;
}

void plan_reads(const Volume& volume, const CapturePlan::Chunk& chunk, std::uint32_t buffer_offset,
                Block& block) {
  // Aligned to 4 KiB, which suits every sector size; the chunk itself is aligned far better.
  const ExtentList rounded = rounded_out(chunk.data, kPageBytes, chunk.range.end());
  for (std::size_t i = 0; i < rounded.size();) {
    Extent reach = rounded[i];
    for (++i; i < rounded.size() && rounded[i].offset - reach.end() <= kBridgedGapBytes; ++i)
      reach.length = rounded[i].end() - reach.offset;
    std::uint64_t at = reach.offset;
    volume.map(reach, [&](const Volume::Piece& piece) {
      const auto place = static_cast<std::uint32_t>(buffer_offset + (at - chunk.range.offset));
      if (piece.file != nullptr)
        block.reads.push_back(
            {piece.file, piece.file_offset, place, static_cast<std::uint32_t>(piece.length)});
      else
        std::memset(block.input.data() + place, 0, piece.length);
      at += piece.length;
    });
  }
}

void zero_rest(const CapturePlan::Chunk& chunk, std::span<std::byte> bytes) noexcept {
  std::uint64_t at = chunk.range.offset;
  const auto zero_to = [&](std::uint64_t to) {
    std::memset(bytes.data() + (at - chunk.range.offset), 0, to - at);
  };
  for (const Extent& data : chunk.data) {
    zero_to(data.offset);
    at = data.end();
  }
  zero_to(chunk.range.end());
}

ExtentList unreadable_extents(const Block& block, std::uint32_t buffer_offset,
                              const CapturePlan::Chunk& chunk) {
  ExtentList extents;
  for (const Block::Hole& hole : block.unreadable) {
    const std::uint64_t offset = chunk.range.offset + (hole.buffer_offset - buffer_offset);
    extents.push_back({offset, std::min<std::uint64_t>(hole.length, chunk.range.end() - offset)});
  }
  // A sector that was only read to bridge a gap belongs to nobody.
  return intersection(normalized(std::move(extents)), chunk.data);
}

}  // namespace tintype
