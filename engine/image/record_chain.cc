#include "engine/image/record_chain.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "engine/image/image_format.h"

namespace tintype::image {
namespace {

constexpr std::uint32_t kKnownFlags = kRecordRun | kRecordStoredPlain | kRecordUnreadable;
// Room below 2^63 for the largest image of the largest volume: the sums in payload_offset_after
// cannot wrap, and every offset is a valid off_t.
constexpr std::uint64_t kFileBytesMax = kVolumeBytesMax - (1ULL << 40);

Digest128 digest_of_zeros(std::uint64_t bytes) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  Xxh3Stream stream;
  for (; bytes > 0; bytes -= std::min(bytes, kZeros.size()))
    stream.update(std::span(kZeros).first(std::min(bytes, kZeros.size())));
  return stream.digest();
}

}  // namespace

std::string_view geometry_fault(const ImageGeometry& geometry) noexcept {
  if (geometry.volume_bytes > kVolumeBytesMax) return "volume too large";
  if (!std::has_single_bit(geometry.chunk_bytes) || geometry.chunk_bytes < kChunkBytesMin ||
      geometry.chunk_bytes > kChunkBytesMax) {
    return "chunk size is no power of two from 64 KiB to 4 MiB";
  }
  if (!std::has_single_bit(geometry.sector_bytes) || geometry.sector_bytes < kSectorBytesMin ||
      geometry.sector_bytes > kSectorBytesMax) {
    return "sector size is no power of two from 512 to 65536";
  }
  return "";
}

std::string_view record_fault(const ImageRecord& record, std::uint32_t chunk_bytes,
                              std::uint32_t seal_bytes) noexcept {
  if ((record.flags & ~kKnownFlags) != 0) return "has unknown flags";
  if (record.plain_bytes == 0) return "is empty";
  const bool stored_plain = (record.flags & kRecordStoredPlain) != 0;
  if (is_run(record)) {
    const bool bare = record.payload_offset == 0 && record.stored_bytes == 0 &&
                      record.plain_digest == Digest128{} && record.stored_digest == 0;
    return bare && !stored_plain ? "" : "is a run of zeros with a payload";
  }
  if (record.plain_bytes > chunk_bytes) return "is larger than a chunk";
  if (record.stored_bytes <= seal_bytes) return "has no payload";
  const std::uint64_t packed_bytes = record.stored_bytes - seal_bytes;
  if (stored_plain ? packed_bytes != record.plain_bytes : packed_bytes >= record.plain_bytes) {
    return "has a payload of the wrong size";
  }
  return "";
}

std::uint64_t payload_offset_after(std::uint64_t begin, bool has_run) noexcept {
  const std::uint64_t end = begin + (begin == 0 ? sizeof(HeaderFrame) : sizeof kLz4EndMark) +
                            (has_run ? sizeof(RecordFrame) : 0) + sizeof(RecordFrame) +
                            sizeof(Lz4FrameHead);
  return (end + kImageAlignmentBytes - 1) / kImageAlignmentBytes * kImageAlignmentBytes;
}

bool ZeroDigests::match(std::uint64_t bytes, const Digest128& digest) {
  if (known_[0].bytes != bytes) std::swap(known_[0], known_[1]);
  if (known_[0].bytes != bytes) known_[0] = {.bytes = bytes, .digest = digest_of_zeros(bytes)};
  return digest == known_[0].digest;
}

std::string_view RecordChain::fault(const ImageRecord& record) const noexcept {
  if (const auto alone = record_fault(record, geometry_.chunk_bytes, geometry_.seal_bytes);
      !alone.empty())
    return alone;
  if (record.volume_offset != volume_offset_) {
    return record.volume_offset < volume_offset_ ? "overlaps the one before it"
                                                 : "leaves a gap after the one before it";
  }
  if (record.plain_bytes > geometry_.volume_bytes - volume_offset_)
    return "passes the volume's end";
  if (is_run(record)) {
    if (geometry_.stock) return "is a run of zeros in an image that promises frames only";
    return after_run_ ? "is a run of zeros after another" : "";
  }
  if (payload_end_ > kFileBytesMax) return "lies beyond the largest file";
  return record.payload_offset != next_payload_offset() ? "has its payload in the wrong place" : "";
}

void RecordChain::append(const ImageRecord& record) {
  volume_offset_ += record.plain_bytes;
  after_run_ = is_run(record);
  if (after_run_) return;
  payload_end_ = record.payload_offset + record.stored_bytes;
  // An image with runs and a stock image of the same volume have the same content.
  if (!zeros_.match(record.plain_bytes, record.plain_digest))
    content_.add(record.volume_offset, record.plain_bytes, record.plain_digest);
}

std::string_view RecordChain::extend_run(std::uint64_t volume_offset,
                                         std::uint64_t length) noexcept {
  if (volume_offset != volume_offset_) return "is a run out of order";
  if (length > geometry_.volume_bytes - volume_offset_) return "passes the volume's end";
  volume_offset_ += length;
  return "";
}

}  // namespace tintype::image
