#include "tests/engine/image/image_probe.h"

#include <algorithm>
#include <cstring>

#include "engine/image/image_frames.h"
#include "engine/image/read/image_reader.h"
#include "engine/image/record_chain.h"

namespace tintype::test {
namespace {

using Bytes = std::vector<std::byte>;
using image::FooterFrame;
using image::HeaderFrame;
using image::IndexEntry;

constexpr std::uint64_t kVolumeBytesKept = 16 << 20;  // larger ones are only checked

}  // namespace

image::ReadAt read_from(const Bytes& image) {
  return [&image](std::uint64_t offset, std::span<std::byte> bytes) -> Result<std::size_t> {
    if (offset >= image.size()) return 0;
    const std::size_t n = std::min<std::uint64_t>(bytes.size(), image.size() - offset);
    std::memcpy(bytes.data(), image.data() + offset, n);
    return n;
  };
}

Result<image::ParsedImage> parse(const Bytes& image) {
  return image::parse_image("a.tint", image.size(), read_from(image));
}

Verdict examine(const Bytes& image) {
  auto parsed = parse(image);
  if (!parsed) return {.caught = Caught::by_open, .error = parsed.error().line(), .volume = {}};
  Verdict verdict;
  const bool keep = parsed->geometry.volume_bytes <= kVolumeBytesKept;
  if (keep) verdict.volume.resize(parsed->geometry.volume_bytes);
  Bytes plain;
  std::uint64_t payload_end = 0;
  for (std::size_t i = 0; i < parsed->records.size(); ++i) {
    const ImageRecord& record = parsed->records[i];
    if (image::is_run(record)) continue;
    const Bytes head = image::head_before(parsed->geometry, parsed->records, i);
    if (std::memcmp(head.data(), image.data() + payload_end, head.size()) != 0)
      return {.caught = Caught::by_head, .error = {}, .volume = {}};
    payload_end = record.payload_offset + record.stored_bytes;
    plain.assign(record.plain_bytes, std::byte{0xDD});
    const auto payload = std::span(image).subspan(record.payload_offset, record.stored_bytes);
    if (open_chunk(record, payload, plain) != ChunkFault::none)
      return {.caught = Caught::by_chunk, .error = {}, .volume = {}};
    if (keep) std::ranges::copy(plain, verdict.volume.data() + record.volume_offset);
  }
  return verdict;
}

void resign(Bytes& image) {
  if (image.size() < sizeof(HeaderFrame) + sizeof(FooterFrame)) return;
  HeaderFrame& header = header_of(image);
  FooterFrame& footer = footer_of(image);
  header.check = image::check_of(header);
  footer.header_check = header.check;
  const std::uint64_t footer_offset = image.size() - sizeof footer;
  const std::uint64_t index = footer.sections[image::kIndex].offset;
  const std::uint64_t index_bytes = footer.sections[image::kIndex].bytes;
  // One frame is enough for the images of the tests.
  if (index < footer_offset && index_bytes < footer_offset - index) {
    image::RecordChain chain({.volume_bytes = 0, .chunk_bytes = header.chunk_bytes});
    for (std::uint64_t at = 0; at + sizeof(IndexEntry) <= index_bytes; at += sizeof(IndexEntry)) {
      IndexEntry entry;
      std::memcpy(&entry, image.data() + index + sizeof(image::SectionFrame) + at, sizeof entry);
      if (entry.plain_bytes <= kChunkBytesMax) chain.append(image::record_of(entry));
    }
    footer.content_digest = image::to_disk(chain.content_digest());
  }
  if (footer.tail_offset <= footer_offset) {
    footer.tail_digest = image::to_disk(
        xxh3_128(std::span(image).subspan(footer.tail_offset, footer_offset - footer.tail_offset)));
  }
  footer.check = image::check_of(footer);
}

HeaderFrame& header_of(Bytes& image) {
  return *reinterpret_cast<HeaderFrame*>(image.data());
}

FooterFrame& footer_of(Bytes& image) {
  return *reinterpret_cast<FooterFrame*>(image.data() + image.size() - sizeof(FooterFrame));
}

}  // namespace tintype::test
