#include "engine/image/read/image_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tintype {
namespace {

// The first extent that ends behind `offset`.
ExtentList::const_iterator first_behind(const ExtentList& extents, std::uint64_t offset) noexcept {
  return std::partition_point(extents.begin(), extents.end(),
                              [&](const Extent& extent) { return extent.end() <= offset; });
}

ExtentList data_of(const ImageReader& image, const ExtentList& unreadable) {
  ExtentList extents = unreadable;
  for (const ImageRecord& record : image.records())
    if ((record.flags & kRecordRun) == 0)
      extents.push_back({record.volume_offset, record.plain_bytes});
  return normalized(std::move(extents));
}

}  // namespace

ImageVolume::ImageVolume(const ImageReader& image, const Options& options)
    : image_(image),
      unreadable_(options.unreadable == Unreadable::error ? image.epilogue().unreadable
                                                          : ExtentList{}),
      data_(data_of(image, unreadable_)),
      cache_(image, options.cache_bytes) {}

std::uint64_t ImageVolume::size_bytes() const noexcept {
  return image_.geometry().volume_bytes;
}

std::uint32_t ImageVolume::sector_bytes() const noexcept {
  return image_.geometry().sector_bytes;
}

void ImageVolume::map(Extent, const std::function<void(const Piece&)>&) const {}

ImageVolume::Stretch ImageVolume::stretch_at(std::uint64_t offset) const noexcept {
  const auto next = first_behind(data_, offset);
  if (next == data_.end()) return {.length = size_bytes() - offset, .data = false};
  if (next->offset > offset) return {.length = next->offset - offset, .data = false};
  return {.length = next->end() - offset, .data = true};
}

Result<void> ImageVolume::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > size_bytes() || bytes.size() > size_bytes() - offset)
    return plain_error(fmt::format("read past the end of the volume in {}", name()));
  if (const auto bad = first_behind(unreadable_, offset);
      bad != unreadable_.end() && bad->offset < offset + bytes.size())
    return tl::unexpected(Error{
        std::make_error_code(std::errc::io_error),
        fmt::format("bytes {} to {} of the volume in {} could not be read when it was backed up",
                    bad->offset, bad->end() - 1, name()),
        ""});
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
      TINTYPE_CHECK(cache_.copy(static_cast<std::size_t>(record - records.begin()), inside,
                                bytes.first(count)));
    }
    offset += count;
    bytes = bytes.subspan(count);
    ++record;
  }
  return {};
}

}  // namespace tintype
