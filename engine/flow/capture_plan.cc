#include "engine/flow/capture_plan.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "io/aligned_buffer.h"
#include "io/extent_gaps.h"

namespace tintype {
namespace {

// Two parts of a chunk closer than this are one request: a gap of this size takes less time to
// read than a request of its own takes to be made.
constexpr std::uint64_t kBridgedGapBytes = 64 * 1024;

// One piece of a volume becomes one read, or up to three: what does not fit the sectors of the file
// (a piece of a shadow copy may be 512 bytes of a disk whose sectors have 4096) goes through the
// page cache, because a request that is rounded up overwrites what another one puts behind it. At
// the end of the file nothing comes, and at the end of the chunk the buffer has room.
void plan_piece(const Volume::Piece& piece, std::uint64_t place, bool ends_chunk, Block& block) {
  const auto read = [&](const File* file, std::uint64_t from, std::uint64_t to) {
    if (from < to)
      block.reads.push_back({file, piece.file_offset + (from - place),
                             static_cast<std::uint32_t>(from),
                             static_cast<std::uint32_t>(to - from)});
  };
  const Geometry& geometry = piece.file->geometry();
  const std::uint64_t end = place + piece.length;
  if (piece.cached == nullptr || !geometry.direct) return read(piece.file, place, end);

  const std::uint64_t unit = std::max(geometry.sector_bytes, geometry.memory_alignment);
  const bool open_ended = ends_chunk || piece.file_offset + piece.length == geometry.size_bytes;
  const std::uint64_t whole_begin = (place + unit - 1) / unit * unit;
  const std::uint64_t whole_end = open_ended ? end : end / unit * unit;
  const bool in_step = (piece.file_offset + (whole_begin - place)) % unit == 0;
  if (!in_step || whole_begin >= whole_end) return read(piece.cached, place, end);
  read(piece.cached, place, whole_begin);
  read(piece.file, whole_begin, whole_end);
  read(piece.cached, whole_end, end);
}

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
  chunk.missing = missing_in(captured_, chunk.range);
  return true;
}

ExtentList missing_in(const ExtentList& captured, Extent range) {
  return gaps_within(captured, range);
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
      const std::uint64_t place = buffer_offset + (at - chunk.range.offset);
      at += piece.length;
      if (piece.file != nullptr)
        plan_piece(piece, place, at == chunk.range.end(), block);
      else
        std::memset(block.buffer.data() + place, 0, piece.length);
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
