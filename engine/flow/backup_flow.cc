#include "engine/flow/backup_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/image/chunk_codec.h"
#include "engine/pipeline/pass_runner.h"
#include "hashing/zero_block.h"
#include "io/aligned_buffer.h"
#include "io/extent_gaps.h"
#include "io/invariant.h"

namespace tintype {
namespace {

struct BackupBlock final : Block {
  CapturePlan::Chunk chunk;
  ExtentList unreadable_extents;
  ExtentList left_out;  // of the checks: what could not be read, what is not captured
  bool compress = false;
  // What the task found.
  InlineChecks::Scans scans;
  ImageRecord record;
  bool zero = false;
  std::uint64_t region = 0;  // number of the region it is written in

  [[nodiscard]] std::span<std::byte> plain() const {
    return buffer.subspan(kImageHeadroomBytes, chunk.range.length);
  }
};

// As many chunks as are written and fit the buffer: of those that shrank, more than one. Bytes cost
// a disk more in small requests.
struct ReadBackBlock final : Block {
  struct Chunk {
    ImageRecord record;
    std::vector<std::byte> head;    // what must stand in front of the payload
    std::uint32_t head_offset = 0;  // where it begins in the input buffer
  };
  std::vector<Chunk> chunks;
  const Chunk* different = nullptr;  // the first that is
};

constexpr std::uint64_t round_down(std::uint64_t value) {
  return value / kImageAlignmentBytes * kImageAlignmentBytes;
}
constexpr std::uint64_t round_up(std::uint64_t value) {
  return round_down(value + kImageAlignmentBytes - 1);
}

// Space is reserved ahead of the writes, in steps, and the file's size with it: direct writes
// inside the size of a file go on side by side, while those that extend it wait for one another.
constexpr std::uint64_t kReserveStepBytes = 256 << 20;

tl::unexpected<Error> differs_error(const File& image, std::uint64_t offset) {
  return plain_error(
      fmt::format("{} reads back different at offset {} from what was written there", image.path(),
                  offset),
      "the target medium or the way to it damages data: do not trust it; nothing was confirmed");
}

}  // namespace

BackupFlow::BackupFlow(const Volume& volume, CapturePlan& plan, InlineChecks& checks,
                       ImageLayout& layout, const File& image, Options options)
    : volume_(volume),
      plan_(plan),
      checks_(checks),
      layout_(layout),
      image_(image),
      options_(options) {
  invariant(layout.geometry().seal_bytes == options_.sealer.seal_bytes(),
            "backup: the layout has no room for the seal");
}

FlowShape BackupFlow::shape() const {
  const std::size_t buffer_bytes =
      kImageHeadroomBytes + payload_room_bytes(layout_.geometry()) + kImageSlackBytes;
  return {.buffer_bytes = buffer_bytes,
          .spare = options_.compression != Compression::none,
          .read_back_bytes = options_.read_back ? buffer_bytes : 0};
}

std::unique_ptr<Block> BackupFlow::make_block() const {
  return std::make_unique<BackupBlock>();
}

std::unique_ptr<Block> BackupFlow::make_read_back_block() const {
  return std::make_unique<ReadBackBlock>();
}

bool BackupFlow::next(Block& any) {
  auto& block = static_cast<BackupBlock&>(any);
  if (!plan_.next(block.chunk)) {
    last_gap_ = block.chunk.gap;
    return false;
  }
  plan_reads(volume_, block.chunk, kImageHeadroomBytes, block);
  return true;
}

// A block is compressed if a task can take it soon, and stored if blocks already queue for the
// tasks. But not if more of them wait for the target: what queues then came in a burst, because the
// target took a burst, and the tasks will wait for it again.
bool is_time_to_compress(const Pressure& pressure) noexcept {
  return pressure.computing <= pressure.tasks_max + 1 ||
         pressure.writing_recently > pressure.computing_recently;
}

void BackupFlow::before_process(Block& any, const Pressure& pressure) {
  auto& block = static_cast<BackupBlock&>(any);
  block.unreadable_extents = unreadable_extents(block, kImageHeadroomBytes, block.chunk);
  if (options_.stand_ins)
    block.unreadable_extents =
        joined(block.unreadable_extents, options_.stand_ins(block.chunk.range));
  block.left_out = joined(block.unreadable_extents, block.chunk.missing);
  switch (options_.compression) {
    case Compression::none:
      block.compress = false;
      break;
    case Compression::lz4:
      block.compress = true;
      break;
    case Compression::automatic:
      block.compress = is_time_to_compress(pressure);
      break;
  }
}

// The heart of it: everything that is done to a block while it is in cache.
void BackupFlow::process(Block& any) const noexcept {
  auto& block = static_cast<BackupBlock&>(any);
  const auto plain = block.plain();
  zero_rest(block.chunk, plain);
  checks_.scan(block.chunk.range, plain, block.left_out, block.scans);

  block.record = {.volume_offset = block.chunk.range.offset, .plain_bytes = plain.size()};
  if (!block.unreadable_extents.empty()) block.record.flags |= kRecordUnreadable;
  block.zero = is_zero(plain);
  if (block.zero && !options_.stock) return;

  block.record.plain_digest = xxh3_128(plain);
  std::uint32_t compressed_bytes = 0;
  if (block.compress || block.zero)
    compressed_bytes =
        block.spare.empty() ? 0 : compress_chunk(plain, block.spare.subspan(kImageHeadroomBytes));
  const ChunkSealer& sealer = options_.sealer;
  const bool stored_plain = compressed_bytes == 0;
  if (stored_plain)
    block.record.flags |= kRecordStoredPlain;
  else
    block.keep_spare();
  block.record.stored_bytes =
      (stored_plain ? static_cast<std::uint32_t>(plain.size()) : compressed_bytes) +
      sealer.seal_bytes();
  const auto payload = block.buffer.subspan(kImageHeadroomBytes, block.record.stored_bytes);
  sealer.seal(block.record, payload);
  block.record.stored_digest = stored_plain && sealer.is_identity()
                                   ? xxh3_64_of(block.record.plain_digest, payload)
                                   : xxh3_64(payload);
}

Result<void> BackupFlow::place(Block& any) {
  auto& block = static_cast<BackupBlock&>(any);
  const CapturePlan::Chunk& chunk = block.chunk;
  merge_gap(chunk.gap);
  checks_.merge_missing(chunk.missing);
  checks_.merge(block.scans);
  checks_.merge_unreadable(block.unreadable_extents);
  unreadable_.insert(unreadable_.end(), block.unreadable_extents.begin(),
                     block.unreadable_extents.end());
  if (chunk.gap.length != 0) layout_.place_run(chunk.gap.offset, chunk.gap.length);
  if (block.zero) {
    zero_bytes_ += total_bytes(chunk.data);
    // What could not be read is none, though zeros stand for it.
    if (options_.map != nullptr && block.unreadable_extents.empty())
      options_.map->add_zeros(chunk.data);
  }
  if (block.zero && !options_.stock) {
    layout_.place_run(chunk.range.offset, chunk.range.length, block.record.flags);
    return {};
  }
  const auto region = layout_.place(block.record, block.buffer);
  block.write = {&image_, region.file_offset, region.bytes};
  reserve(region.file_offset + region.bytes.size());
  block.region = first_region_ + regions_.size();
  regions_.push_back({.end = region.file_offset + region.bytes.size()});
  return {};
}

// Zeros in the image: that they are zeros in the source too is only known of what is captured.
void BackupFlow::merge_gap(Extent gap) {
  const ExtentList missing = checks_.empty() ? ExtentList() : missing_in(plan_.captured(), gap);
  checks_.merge_zeros(gap, missing);
  checks_.merge_missing(missing);
}

// Best effort: where space cannot be reserved, the writes themselves will tell.
void BackupFlow::reserve(std::uint64_t end) {
  if (end <= reserved_end_) return;
  const std::uint64_t from = std::exchange(reserved_end_, end + kReserveStepBytes);
  if (!image_.preallocate(from, reserved_end_ - from) || !image_.set_size(reserved_end_))
    reserved_end_ = std::numeric_limits<std::uint64_t>::max();
}

void BackupFlow::retire(Block& any) {
  const auto& block = static_cast<BackupBlock&>(any);
  if (block.write.file == nullptr) return;
  regions_[block.region - first_region_].written = true;
  while (!regions_.empty() && regions_.front().written) {
    written_end_ = regions_.front().end;
    regions_.pop_front();
    ++first_region_;
  }
}

bool BackupFlow::next_read_back(Block& any) {
  auto& block = static_cast<ReadBackBlock&>(any);
  const auto& records = layout_.records();
  block.chunks.clear();
  block.different = nullptr;
  std::uint64_t from = 0, to = 0;  // in the image
  for (; read_back_record_ < records.size(); ++read_back_record_) {
    const ImageRecord& record = records[read_back_record_];
    if ((record.flags & kRecordRun) != 0) continue;
    const std::uint64_t end = round_up(record.payload_offset + record.stored_bytes);
    if (end > written_end_ || (!block.chunks.empty() && end - from > block.buffer.size())) break;
    auto head = layout_.expected_head(read_back_record_);
    const std::uint64_t head_begin = record.payload_offset - head.size();
    if (block.chunks.empty()) from = round_down(head_begin);
    to = end;
    block.chunks.push_back(
        {record, std::move(head), static_cast<std::uint32_t>(head_begin - from)});
  }
  if (block.chunks.empty()) return false;
  block.reads.push_back({&image_, from, 0, static_cast<std::uint32_t>(to - from)});
  return true;
}

void BackupFlow::process_read_back(Block& any) const noexcept {
  auto& block = static_cast<ReadBackBlock&>(any);
  for (const auto& chunk : block.chunks) {
    const auto found = block.buffer.subspan(chunk.head_offset);
    if (std::memcmp(found.data(), chunk.head.data(), chunk.head.size()) == 0 &&
        xxh3_64(found.subspan(chunk.head.size(), chunk.record.stored_bytes)) ==
            chunk.record.stored_digest)
      continue;
    block.different = &chunk;
    return;
  }
}

Result<void> BackupFlow::finish_read_back(Block& any) {
  const auto& block = static_cast<const ReadBackBlock&>(any);
  if (block.different == nullptr) return {};
  const auto& chunk = *block.different;
  return differs_error(image_, chunk.record.payload_offset - chunk.head.size());
}

void BackupFlow::end_volume() {
  merge_gap(last_gap_);
  if (last_gap_.length != 0) layout_.place_run(last_gap_.offset, last_gap_.length);
}

Result<void> BackupFlow::finish(ImageEpilogue epilogue) {
  struct Piece {
    Extent range;
    std::uint64_t digest;
  };
  std::vector<Piece> pieces;
  AlignedBuffer buffer(shape().buffer_bytes);
  layout_.begin_finish(std::move(epilogue));
  ImageLayout::Region region;
  while (layout_.next_piece(buffer.bytes().first(plan_.chunk_bytes()), region)) {
    TINTYPE_CHECK(image_.write_at(region.file_offset, region.bytes));
    pieces.push_back({{region.file_offset, region.bytes.size()}, xxh3_64(region.bytes)});
    written_end_ = region.file_offset + region.bytes.size();
  }
  TINTYPE_CHECK(image_.set_size(written_end_));
  if (!options_.read_back) return {};

  ReadBackBlock last;
  last.buffer = buffer.bytes();
  while (next_read_back(last)) {
    TINTYPE_CHECK(
        image_.read_at(last.reads[0].file_offset, last.buffer.first(last.reads[0].length)));
    process_read_back(last);
    TINTYPE_CHECK(finish_read_back(last));
    last.reads.clear();
  }
  for (const Piece& piece : pieces) {
    const auto bytes = buffer.bytes().first(piece.range.length);
    TINTYPE_TRY(const std::size_t got, image_.read_at(piece.range.offset, bytes));
    if (got != bytes.size() || xxh3_64(bytes) != piece.digest)
      return differs_error(image_, piece.range.offset);
  }
  return {};
}

}  // namespace tintype
