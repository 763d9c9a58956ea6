#include "engine/image/image_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tintype {

ImageVolume::ImageVolume(const ImageReader& image)
    : image_(image),
      loaded_(image.records().size()),
      stored_(image.geometry().chunk_bytes + kImageSlackBytes),
      plain_(image.geometry().chunk_bytes) {}

std::uint64_t ImageVolume::size_bytes() const noexcept {
  return image_.geometry().volume_bytes;
}

std::uint32_t ImageVolume::sector_bytes() const noexcept {
  return image_.geometry().sector_bytes;
}

void ImageVolume::map(Extent, const std::function<void(const Piece&)>&) const {}

Result<void> ImageVolume::load(std::size_t number) const {
  if (loaded_ == number) return {};
  loaded_ = image_.records().size();
  const ImageRecord& record = image_.records()[number];
  const std::size_t request_bytes = (record.stored_bytes + kImageAlignmentBytes - 1) /
                                    kImageAlignmentBytes * kImageAlignmentBytes;
  TINTYPE_TRY(const std::size_t got,
              image_.file().read_at(record.payload_offset, stored_.bytes().first(request_bytes)));
  const auto payload = stored_.bytes().first(std::min<std::size_t>(got, record.stored_bytes));
  const auto plain = plain_.bytes().first(record.plain_bytes);
  const bool stored_plain = (record.flags & kRecordStoredPlain) != 0;
  const ChunkFault fault = payload.size() < record.stored_bytes
                               ? ChunkFault::stored_digest
                               : open_chunk(record, payload, stored_plain ? payload : plain);
  if (fault != ChunkFault::none)
    return plain_error(fmt::format("{} is damaged at offset {}: {}", name(), record.payload_offset,
                                   to_string(fault)),
                       "run `tintype verify` to see all the damage");
  if (stored_plain) std::memcpy(plain.data(), payload.data(), payload.size());
  loaded_ = number;
  return {};
}

Result<void> ImageVolume::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > size_bytes() || bytes.size() > size_bytes() - offset)
    return plain_error(fmt::format("read past the end of the volume in {}", name()));
  const std::lock_guard lock(mutex_);
  const auto& records = image_.records();
  // Records are sorted and without gaps: the first one that ends behind the offset holds it.
  auto record = std::partition_point(records.begin(), records.end(), [&](const ImageRecord& r) {
    return r.volume_offset + r.plain_bytes <= offset;
  });
  while (!bytes.empty()) {
    const std::uint64_t inside = offset - record->volume_offset;
    const std::size_t count = std::min<std::uint64_t>(bytes.size(), record->plain_bytes - inside);
    if ((record->flags & kRecordRun) != 0) {
      std::memset(bytes.data(), 0, count);
    } else {
      TINTYPE_CHECK(load(static_cast<std::size_t>(record - records.begin())));
      std::memcpy(bytes.data(), plain_.data() + inside, count);
    }
    offset += count;
    bytes = bytes.subspan(count);
    ++record;
  }
  return {};
}

Result<ExtentList> ImageVolume::data_extents() const {
  ExtentList extents;
  for (const ImageRecord& record : image_.records())
    if ((record.flags & kRecordRun) == 0)
      extents.push_back({record.volume_offset, record.plain_bytes});
  return normalized(std::move(extents));
}

}  // namespace tintype
