#include "engine/image/image_frames.h"

#include <cstring>

#include "engine/image/record_chain.h"
#include "io/invariant.h"

namespace tintype::image {
namespace {

template <class T>
void put(std::span<std::byte> out, std::size_t& used, const T& value) noexcept {
  std::memcpy(out.data() + used, &value, sizeof value);
  used += sizeof value;
}

RecordFrame make_record_frame(const ImageRecord& record, std::uint64_t file_offset,
                              std::size_t padding_bytes) noexcept {
  RecordFrame frame{};
  frame.magic = kSkippableMagic;
  frame.body_bytes =
      static_cast<std::uint32_t>(sizeof frame - offsetof(RecordFrame, kind) + padding_bytes);
  frame.kind = is_run(record) ? kZerosKind : kChunkKind;
  frame.flags = record.flags;
  frame.file_offset = file_offset;
  frame.volume_offset = record.volume_offset;
  frame.plain_bytes = record.plain_bytes;
  frame.stored_bytes = record.stored_bytes;
  frame.plain_digest = to_disk(record.plain_digest);
  frame.stored_digest = record.stored_digest;
  frame.check = check_of(frame);
  return frame;
}

Lz4FrameHead make_lz4_head(const ImageRecord& chunk, std::uint32_t chunk_bytes) noexcept {
  const bool plain = (chunk.flags & kRecordStoredPlain) != 0;
  Lz4FrameHead head{};
  head.magic = kLz4Magic;
  head.flg = kLz4Flg;
  head.bd = lz4_bd(chunk_bytes);
  head.content_bytes = chunk.plain_bytes;
  head.hc = lz4_header_check(head);
  head.block_bytes = chunk.stored_bytes | (plain ? kLz4BlockStoredPlain : 0);
  return head;
}

}  // namespace

HeaderFrame make_header(const ImageGeometry& geometry) noexcept {
  HeaderFrame header{};
  header.magic = kSkippableMagic;
  header.body_bytes = static_cast<std::uint32_t>(sizeof header - offsetof(HeaderFrame, text));
  header.text = kText;
  header.format_version = kFormatVersion;
  header.flags = geometry.stock ? kHeaderStock : 0;
  header.volume_bytes = geometry.volume_bytes;
  header.chunk_bytes = geometry.chunk_bytes;
  header.sector_bytes = geometry.sector_bytes;
  header.check = check_of(header);
  return header;
}

IndexEntry make_index_entry(const ImageRecord& record) noexcept {
  return {.volume_offset = record.volume_offset,
          .plain_bytes = record.plain_bytes,
          .payload_offset = record.payload_offset,
          .stored_bytes = record.stored_bytes,
          .flags = record.flags,
          .plain_digest = to_disk(record.plain_digest),
          .stored_digest = record.stored_digest};
}

ImageRecord record_of(const IndexEntry& entry) noexcept {
  return {.volume_offset = entry.volume_offset,
          .plain_bytes = entry.plain_bytes,
          .payload_offset = entry.payload_offset,
          .stored_bytes = entry.stored_bytes,
          .flags = entry.flags,
          .plain_digest = from_disk(entry.plain_digest),
          .stored_digest = entry.stored_digest};
}

std::size_t write_opening(const ImageGeometry& geometry, const Gap& gap,
                          std::span<std::byte> out) noexcept {
  std::size_t used = 0;
  if (gap.begin == 0) {
    put(out, used, make_header(geometry));
  } else {
    put(out, used, le32(kLz4EndMark));
  }
  if (gap.run != nullptr) put(out, used, make_record_frame(*gap.run, gap.begin + used, 0));
  return used;
}

void write_head(const ImageGeometry& geometry, const Gap& gap, const ImageRecord& chunk,
                std::span<std::byte> out) noexcept {
  std::size_t used = write_opening(geometry, gap, out);
  const std::size_t padding = out.size() - used - sizeof(RecordFrame) - sizeof(Lz4FrameHead);
  put(out, used, make_record_frame(chunk, gap.begin + used, padding));
  std::memset(out.data() + used, 0, padding);
  used += padding;
  put(out, used, make_lz4_head(chunk, geometry.chunk_bytes));
}

std::vector<std::byte> head_before(const ImageGeometry& geometry,
                                   std::span<const ImageRecord> records, std::size_t i) {
  invariant(i < records.size() && !is_run(records[i]), "image head: not a chunk");
  Gap gap;
  std::size_t before = i;
  if (before > 0 && is_run(records[before - 1])) gap.run = &records[--before];
  if (before > 0) {
    const ImageRecord& last = records[before - 1];
    gap.begin = last.payload_offset + last.stored_bytes;
  }
  std::vector<std::byte> head(records[i].payload_offset - gap.begin);
  write_head(geometry, gap, records[i], head);
  return head;
}

}  // namespace tintype::image
