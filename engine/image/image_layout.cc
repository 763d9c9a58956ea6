#include "engine/image/image_layout.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/image/image_frames.h"
#include "engine/image/image_tail.h"
#include "engine/image/record_chain.h"
#include "io/invariant.h"

namespace tintype {
namespace {

using image::Gap;
using image::RecordChain;

// A caller that breaks the contract has a bug, and an image written on would be a false one.
void require_none(std::string_view fault) {
  if (fault.empty()) [[likely]]
    return;
  invariant(false, ("image layout: the next record " + std::string(fault)).c_str());
}

// The longest head: almost 4 KiB of tail, EndMark, a run, a record, an LZ4 frame head.
static_assert(kImageAlignmentBytes - 1 + sizeof image::kLz4EndMark +
                      2 * sizeof(image::RecordFrame) + sizeof(image::Lz4FrameHead) <=
                  kImageHeadroomBytes &&
              image::kOpeningBytesMax + sizeof(image::RecordFrame) + sizeof(image::Lz4FrameHead) <=
                  kImageHeadroomBytes);

}  // namespace

struct ImageLayout::State {
  explicit State(const ImageGeometry& g) : geometry(g), chain(g) {}

  const ImageGeometry geometry;
  RecordChain chain;
  std::vector<ImageRecord> records;  // the last run may still grow
  std::uint64_t region_offset = 0;   // of the next region
  std::size_t carry_bytes = 0;       // end of the last payload, which begins the next region
  std::array<std::byte, kImageAlignmentBytes> carry;
  std::optional<image::ImageTail> tail;
};

ImageLayout::ImageLayout(const ImageGeometry& geometry)
    : state_(std::make_shared<State>(geometry)) {
  invariant(image::geometry_fault(geometry).empty(), "image layout: impossible geometry");
}

ImageLayout::Region ImageLayout::place(ImageRecord record, std::span<std::byte> buffer) {
  State& s = *state_;
  invariant(!s.tail, "image layout: a chunk after begin_finish");
  invariant((record.flags & kRecordRun) == 0, "image layout: place() is for chunks");
  invariant(buffer.size() >= kImageHeadroomBytes + record.stored_bytes,
            "image layout: buffer too small");
  record.payload_offset = s.chain.next_payload_offset();
  require_none(s.chain.fault(record));

  // The head takes the last `head_bytes` of the headroom: first what is left of the payload
  // before, then the gap. The payload stays where it is.
  const std::size_t head_bytes = record.payload_offset - s.region_offset;
  const auto head = buffer.subspan(kImageHeadroomBytes - head_bytes, head_bytes);
  std::memcpy(head.data(), s.carry.data(), s.carry_bytes);
  image::write_head(
      s.geometry,
      Gap{.begin = s.chain.payload_end(), .run = s.chain.after_run() ? &s.records.back() : nullptr},
      record, head.subspan(s.carry_bytes));

  s.carry_bytes = record.stored_bytes % kImageAlignmentBytes;
  const std::size_t whole_bytes = record.stored_bytes - s.carry_bytes;
  const auto payload = buffer.subspan(kImageHeadroomBytes, record.stored_bytes);
  std::memcpy(s.carry.data(), payload.data() + whole_bytes, s.carry_bytes);
  const Region region{
      .file_offset = s.region_offset,
      .bytes = buffer.subspan(kImageHeadroomBytes - head_bytes, head_bytes + whole_bytes)};
  s.region_offset += region.bytes.size();
  s.records.push_back(record);
  s.chain.append(record);
  return region;
}

void ImageLayout::place_run(std::uint64_t volume_offset, std::uint64_t length,
                            std::uint32_t flags) {
  State& s = *state_;
  invariant(!s.tail, "image layout: a run after begin_finish");
  invariant(!s.geometry.stock, "image layout: a run in a stock image");
  if (length == 0) return;
  invariant((flags & ~kRecordUnreadable) == 0, "image layout: a run with flags of a chunk");
  if (s.chain.after_run()) {
    require_none(s.chain.extend_run(volume_offset, length));
    // "Has bytes the medium did not give" holds for the whole if it holds for a part; the exact
    // places are in the epilogue.
    s.records.back().plain_bytes += length;
    s.records.back().flags |= flags;
    return;
  }
  const ImageRecord run{
      .volume_offset = volume_offset, .plain_bytes = length, .flags = flags | kRecordRun};
  require_none(s.chain.fault(run));
  s.chain.append(run);
  s.records.push_back(run);
}

void ImageLayout::begin_finish(ImageEpilogue epilogue) {
  State& s = *state_;
  invariant(!s.tail, "image layout: begin_finish twice");
  invariant(s.chain.complete(), "image layout: the records do not cover the volume");
  invariant(epilogue.volume_name.size() <= image::kTextSectionBytesMax &&
                epilogue.filesystem.size() <= image::kTextSectionBytesMax &&
                epilogue.report_json.size() <= image::kReportSectionBytesMax,
            "image layout: epilogue too large");
  const ExtentList volume = {{.offset = 0, .length = s.geometry.volume_bytes}};
  epilogue.captured = intersection(normalized(std::move(epilogue.captured)), volume);
  epilogue.unreadable = intersection(normalized(std::move(epilogue.unreadable)), volume);
  s.tail.emplace(s.geometry, s.records, s.chain, std::move(epilogue), s.region_offset,
                 std::span(s.carry).first(s.carry_bytes));
}

bool ImageLayout::next_piece(std::span<std::byte> piece, Region& region) {
  State& s = *state_;
  invariant(s.tail.has_value(), "image layout: next_piece before begin_finish");
  invariant(!piece.empty() && piece.size() % kImageAlignmentBytes == 0,
            "image layout: unaligned piece");
  const bool more = s.tail->next_piece(piece, region);
  s.region_offset = s.tail->region_offset();
  return more;
}

const ImageGeometry& ImageLayout::geometry() const noexcept {
  return state_->geometry;
}

const std::vector<ImageRecord>& ImageLayout::records() const noexcept {
  return state_->records;
}

Digest128 ImageLayout::content_digest() const noexcept {
  return state_->chain.content_digest();
}

std::uint64_t ImageLayout::file_bytes() const noexcept {
  return state_->region_offset;
}

std::vector<std::byte> ImageLayout::expected_head(std::size_t i) const {
  return image::head_before(state_->geometry, state_->records, i);
}

}  // namespace tintype
