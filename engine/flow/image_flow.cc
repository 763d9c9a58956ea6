#include "engine/flow/image_flow.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "engine/flow/capture_plan.h"
#include "io/aligned_buffer.h"
#include "io/extent_gaps.h"

namespace tintype {
namespace {

struct ImageBlock final : Block {
  std::size_t number = 0;  // of the record
  ImageRecord record;
  ChunkPlace place;
  std::vector<std::byte> head;  // what must stand in front of it there
  std::uint32_t head_offset = 0;
  Extent target;              // where it goes
  std::uint64_t skipped = 0;  // bytes of the chunk before those that go there
  // What the task found.
  std::optional<ImageFaultKind> fault;
  std::span<std::byte> plain;  // with what follows it in the buffer
  Digest128 digest;            // of what goes to the target
  ExtentList holes;    // what the backup could not read: zeros here, and no page of a database
  ExtentList missing;  // what it did not capture
  InlineChecks::Scans scans;
};

std::optional<ImageFaultKind> fault_kind(ChunkFault fault) {
  switch (fault) {
    case ChunkFault::none:
      return std::nullopt;
    case ChunkFault::stored_digest:
      return ImageFaultKind::stored_digest;
    case ChunkFault::seal:
      return ImageFaultKind::seal;
    case ChunkFault::decode:
      return ImageFaultKind::decode;
    case ChunkFault::plain_digest:
      return ImageFaultKind::plain_digest;
  }
  return std::nullopt;
}

}  // namespace

ImageFlow::ImageFlow(const ImagePart& part, InlineChecks& checks, TargetWriter* target,
                     Options options)
    : part_(part), image_(part.image()), checks_(checks), target_(target), options_(options) {}

FlowShape ImageFlow::shape() const {
  const std::size_t chunk_bytes = image_.geometry().chunk_bytes;
  return {
      .buffer_bytes =
          kImageHeadroomBytes + payload_room_bytes(image_.geometry()) + kImageSlackBytes,
      .spare = options_.decode,
      .read_back_bytes = target_ != nullptr && target_->reads_back() ? chunk_bytes + kPageBytes : 0,
      .writes = target_ != nullptr};
}

std::unique_ptr<Block> ImageFlow::make_block() const {
  return std::make_unique<ImageBlock>();
}

std::unique_ptr<Block> ImageFlow::make_read_back_block() const {
  return target_->make_read_back_block();
}

bool ImageFlow::is_wanted(std::size_t number) const {
  const ImageRecord& record = image_.records()[number];
  if ((record.flags & kRecordRun) != 0 || part_.target_of(record).length == 0) return false;
  return options_.only == nullptr || (*options_.only)[number];
}

bool ImageFlow::next(Block& any) {
  auto& block = static_cast<ImageBlock&>(any);
  const auto& records = image_.records();
  while (next_record_ < records.size() && !is_wanted(next_record_)) ++next_record_;
  if (next_record_ == records.size()) return false;
  block.number = next_record_++;
  block.record = records[block.number];
  block.target = part_.target_of(block.record);
  block.skipped = part_.skipped_in(block.record);
  block.place = image_.chunks().place_of(block.record);
  block.head.clear();
  if (block.place.has_head) block.head = image_.expected_head(block.number);
  block.fault.reset();
  if (!checks_.empty()) {
    const Extent range{block.record.volume_offset, block.record.plain_bytes};
    block.holes = parts_within(image_.epilogue().unreadable, range);
    block.missing = missing_in(image_.epilogue().captured, range);
  }
  const std::uint64_t head_begin = block.place.payload_offset - block.head.size();
  const std::uint64_t from = head_begin / kImageAlignmentBytes * kImageAlignmentBytes;
  block.head_offset = static_cast<std::uint32_t>(head_begin - from);
  block.reads.push_back(
      {block.place.file, from, 0,
       static_cast<std::uint32_t>(block.place.payload_offset + block.record.stored_bytes - from)});
  return true;
}

void ImageFlow::process(Block& any) const noexcept {
  auto& block = static_cast<ImageBlock&>(any);
  block.plain = {};
  if (!block.unreadable.empty()) {
    block.fault = ImageFaultKind::unreadable;
    return;
  }
  const auto found = block.buffer.subspan(block.head_offset);
  if (!block.head.empty() && std::memcmp(found.data(), block.head.data(), block.head.size()) != 0)
    block.fault = ImageFaultKind::head;
  const auto payload = found.subspan(block.head.size(), block.record.stored_bytes);
  const bool stored_plain = (block.record.flags & kRecordStoredPlain) != 0;
  if (!options_.decode && (!stored_plain || !image_.sealer().is_identity())) {
    if (xxh3_64(payload) != block.record.stored_digest) block.fault = ImageFaultKind::stored_digest;
    return;
  }
  const auto plain = (stored_plain ? payload : block.spare).first(block.record.plain_bytes);
  if (const auto fault = fault_kind(image_.open_chunk(block.record, payload, plain))) {
    block.fault = fault;
    return;
  }
  // A damaged head harms salvage, not this restore: the index was right and the bytes are good.
  if (!stored_plain) block.keep_spare();
  block.plain = block.buffer.subspan(stored_plain ? block.head_offset + block.head.size() : 0);
  checks_.scan({block.record.volume_offset, block.record.plain_bytes}, plain,
               joined(block.holes, block.missing), block.scans);
  block.plain = block.plain.subspan(block.skipped);
  block.digest = block.target.length == block.record.plain_bytes
                     ? block.record.plain_digest
                     : xxh3_128(block.plain.first(block.target.length));
}

// Zeros in the image: of the source only where it was captured and read.
void ImageFlow::merge_run(Extent range) {
  const ExtentList holes = parts_within(image_.epilogue().unreadable, range);
  const ExtentList missing = missing_in(image_.epilogue().captured, range);
  checks_.merge_zeros(range, joined(holes, missing));
  checks_.merge_unreadable(holes);
  checks_.merge_missing(missing);
}

Result<void> ImageFlow::place_runs(std::size_t up_to_record) {
  const auto& records = image_.records();
  for (; placed_record_ < up_to_record; ++placed_record_) {
    const ImageRecord& record = records[placed_record_];
    if ((record.flags & kRecordRun) == 0) continue;  // a chunk that was not wanted
    if (!checks_.empty()) merge_run({record.volume_offset, record.plain_bytes});
    if (target_ != nullptr) TINTYPE_CHECK(target_->zero(part_.target_of(record)));
  }
  return {};
}

Result<void> ImageFlow::place(Block& any) {
  auto& block = static_cast<ImageBlock&>(any);
  const Extent range{block.record.volume_offset, block.record.plain_bytes};
  TINTYPE_CHECK(place_runs(block.number));
  ++placed_record_;
  if (block.fault) {
    if (options_.faults_are_errors && block.plain.empty()) {
      auto error = plain_error(
          fmt::format("{} is damaged at offset {}: {}; bytes {} to {} of the volume are lost",
                      block.place.file->path(), block.place.payload_offset, to_string(*block.fault),
                      range.offset, range.end() - 1),
          "use another backup set, or `tintype verify` to see all the damage");
      error.value().code = std::make_error_code(std::errc::bad_message);
      return error;
    }
    faults_.push_back({*block.fault, range, block.place.payload_offset});
    if (block.plain.empty()) checks_.merge_unreadable({range});
  }
  if (!block.plain.empty()) {
    checks_.merge_unreadable(block.holes);
    checks_.merge_missing(block.missing);
  }
  checks_.merge(block.scans);
  if (target_ != nullptr && !block.plain.empty())
    block.write = target_->write(block.target, block.plain);
  return {};
}

void ImageFlow::retire(Block& any) {
  const auto& block = static_cast<const ImageBlock&>(any);
  if (block.write.file != nullptr) target_->written(block.target, block.digest);
}

bool ImageFlow::next_read_back(Block& block) {
  return target_ != nullptr && target_->next_read_back(block);
}

void ImageFlow::process_read_back(Block& block) const noexcept {
  TargetWriter::process_read_back(block);
}

Result<void> ImageFlow::finish_read_back(Block& block) {
  return target_->finish_read_back(block);
}

Result<void> ImageFlow::finish() {
  return place_runs(image_.records().size());
}

}  // namespace tintype
