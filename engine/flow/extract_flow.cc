#include "engine/flow/extract_flow.h"

#include <algorithm>

#include "engine/flow/capture_plan.h"
#include "io/extent_gaps.h"

namespace tintype {
namespace {

struct ExtractBlock final : Block {
  ImageRecord record;
  ChunkPlace place;
  // What the task found.
  ChunkFault fault = ChunkFault::none;
  bool medium_failed = false;
  std::span<std::byte> plain;  // empty if the chunk is damaged
  ExtentList holes;    // what the backup could not read: zeros here, and no page of a database
  ExtentList missing;  // what it did not capture
  InlineChecks::Scans scans;
  std::vector<Digest128> digests;  // of the parts in it, in order
  // Files that its own writes go to, once for each part.
  std::vector<std::size_t> files;
};

Extent range_of(const ImageRecord& record) noexcept {
  return {record.volume_offset, record.plain_bytes};
}

}  // namespace

ExtractFlow::ExtractFlow(const ImageReader& image, std::vector<Piece> pieces, InlineChecks& checks,
                         FileWriter& writer)
    : image_(image), pieces_(std::move(pieces)), checks_(checks), writer_(writer) {
  std::ranges::sort(pieces_, {}, &Piece::volume_offset);
}

std::size_t ExtractFlow::advance(Cursor& cursor) const {
  while (cursor.piece < pieces_.size() && pieces_[cursor.piece].volume_end() <= cursor.position)
    ++cursor.piece;
  if (cursor.piece == pieces_.size()) return kNoRecord;
  cursor.position = std::max(cursor.position, pieces_[cursor.piece].volume_offset);
  // Records are sorted and without gaps.
  const auto& records = image_.records();
  const auto record = std::ranges::partition_point(
      records, [&](const ImageRecord& r) { return range_of(r).end() <= cursor.position; });
  if (record == records.end()) return kNoRecord;
  cursor.position = range_of(*record).end();
  return static_cast<std::size_t>(record - records.begin());
}

std::uint64_t ExtractFlow::total_bytes() const {
  std::uint64_t sum = 0;
  Cursor cursor;
  for (std::size_t record = advance(cursor); record != kNoRecord; record = advance(cursor))
    sum += image_.records()[record].stored_bytes;
  return sum;
}

FlowShape ExtractFlow::shape() const {
  return {.buffer_bytes = payload_room_bytes(image_.geometry()) + kImageSlackBytes, .spare = true};
}

std::unique_ptr<Block> ExtractFlow::make_block() const {
  return std::make_unique<ExtractBlock>();
}

bool ExtractFlow::next(Block& any) {
  auto& block = static_cast<ExtractBlock&>(any);
  for (;;) {
    const std::size_t number = advance(cursor_);
    if (number == kNoRecord) return false;
    block.record = image_.records()[number];
    if ((block.record.flags & kRecordRun) == 0) break;
    merge_run(range_of(block.record));  // the files are sparse there
  }
  block.files.clear();
  block.digests.clear();
  block.holes = parts_within(image_.epilogue().unreadable, range_of(block.record));
  block.missing = missing_in(image_.epilogue().captured, range_of(block.record));
  block.place = image_.chunks().place_of(block.record);
  block.reads.push_back(
      {block.place.file, block.place.payload_offset, 0, block.record.stored_bytes});
  return true;
}

template <class Visit>
void ExtractFlow::for_each_part(Extent range, Visit visit) const {
  auto piece = std::ranges::partition_point(
      pieces_, [&](const Piece& p) { return p.volume_end() <= range.offset; });
  for (; piece != pieces_.end() && piece->volume_offset < range.end(); ++piece) {
    const std::uint64_t from = std::max(piece->volume_offset, range.offset);
    visit(*piece, Extent{from, std::min(piece->volume_end(), range.end()) - from});
  }
}

void ExtractFlow::process(Block& any) const noexcept {
  auto& block = static_cast<ExtractBlock&>(any);
  block.plain = {};
  block.fault = ChunkFault::none;
  block.medium_failed = !block.unreadable.empty();
  if (block.medium_failed) return;
  const auto payload = block.buffer.first(block.record.stored_bytes);
  const bool stored_plain = (block.record.flags & kRecordStoredPlain) != 0;
  const auto plain = (stored_plain ? payload : block.spare).first(block.record.plain_bytes);
  block.fault = image_.open_chunk(block.record, payload, plain);
  if (block.fault != ChunkFault::none) return;
  if (!stored_plain) block.keep_spare();
  block.plain = plain;
  checks_.scan(range_of(block.record), plain, joined(block.holes, block.missing), block.scans);
  for_each_part(range_of(block.record), [&](const Piece&, Extent part) {
    block.digests.push_back(
        xxh3_128(plain.subspan(part.offset - block.record.volume_offset, part.length)));
  });
}

void ExtractFlow::merge_run(Extent range) {
  const ExtentList holes = parts_within(image_.epilogue().unreadable, range);
  const ExtentList missing = missing_in(image_.epilogue().captured, range);
  checks_.merge_zeros(range, joined(holes, missing));
  checks_.merge_unreadable(holes);
  checks_.merge_missing(missing);
}

Result<void> ExtractFlow::place(Block& any) {
  auto& block = static_cast<ExtractBlock&>(any);
  const Extent range = range_of(block.record);
  Result<void> result;
  std::size_t number = 0;
  for_each_part(range, [&](const Piece& piece, Extent part) {
    const std::uint64_t file_offset = piece.file_offset + (part.offset - piece.volume_offset);
    if (block.plain.empty()) {
      faults_.push_back({piece.file,
                         {file_offset, part.length},
                         block.place,
                         block.medium_failed ? "the medium does not give the stored bytes"
                                             : to_string(block.fault)});
      return;
    }
    if (!result) return;
    const auto in_flight = writer_.write(
        piece.file, file_offset, block.plain.subspan(part.offset - range.offset, part.length),
        block.digests[number++], block);
    if (!in_flight)
      result = tl::unexpected(in_flight.error());
    else if (*in_flight)
      block.files.push_back(piece.file);
  });
  checks_.merge_unreadable(block.plain.empty() ? ExtentList{range} : block.holes);
  if (!block.plain.empty()) checks_.merge_missing(block.missing);
  checks_.merge(block.scans);
  return result;
}

void ExtractFlow::retire(Block& any) {
  for (const std::size_t file : static_cast<ExtractBlock&>(any).files) writer_.written(file);
}

}  // namespace tintype
