#include "io/volume/joined_volume.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/invariant.h"

namespace tintype {

JoinedVolume::JoinedVolume(std::string name, std::vector<std::unique_ptr<Volume>> parts,
                           std::uint64_t align_bytes)
    : name_(std::move(name)) {
  invariant(!parts.empty(), "nothing was joined");
  for (auto& part : parts) {
    const std::uint64_t offset = (size_bytes_ + align_bytes - 1) / align_bytes * align_bytes;
    size_bytes_ = offset + part->size_bytes();
    parts_.push_back({std::move(part), offset});
  }
}

Extent JoinedVolume::place_of(std::size_t index) const {
  return {parts_[index].offset, parts_[index].volume->size_bytes()};
}

std::size_t JoinedVolume::part_at(std::uint64_t offset) const {
  const auto behind = std::ranges::upper_bound(parts_, offset, {}, &Part::offset);
  return static_cast<std::size_t>(behind - parts_.begin()) - 1;  // the first one starts at 0
}

std::uint32_t JoinedVolume::sector_bytes() const noexcept {
  std::uint32_t largest = 0;
  for (const Part& part : parts_) largest = std::max(largest, part.volume->sector_bytes());
  return largest;
}

template <class Visit, class Gap>
void JoinedVolume::walk(Extent range, Visit visit, Gap gap) const {
  std::uint64_t at = range.offset;
  for (std::size_t i = part_at(at); at < range.end(); ++i) {
    const Extent place = place_of(i);
    if (at < place.end()) {
      const std::uint64_t length = std::min(place.end(), range.end()) - at;
      visit(*parts_[i].volume, Extent{at - place.offset, length});
      at += length;
    }
    const std::uint64_t next = i + 1 < parts_.size() ? parts_[i + 1].offset : range.end();
    if (const std::uint64_t to = std::min(next, range.end()); at < to) {
      gap(to - at);
      at = to;
    }
  }
}

void JoinedVolume::map(Extent range, const std::function<void(const Piece&)>& piece) const {
  invariant(range.end() <= size_bytes_, "a range outside the volume was mapped");
  walk(
      range, [&](const Volume& part, Extent inside) { part.map(inside, piece); },
      [&](std::uint64_t length) { piece({.length = length}); });
}

Result<void> JoinedVolume::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (offset > size_bytes_ || bytes.size() > size_bytes_ - offset)
    return plain_error("cannot read behind the end of " + name_);
  Result<void> result;
  walk(
      {offset, bytes.size()},
      [&](const Volume& part, Extent inside) {
        if (result) result = part.read(inside.offset, bytes.first(inside.length));
        bytes = bytes.subspan(inside.length);
      },
      [&](std::uint64_t length) {
        std::memset(bytes.data(), 0, length);
        bytes = bytes.subspan(length);
      });
  return result;
}

Result<ExtentList> JoinedVolume::data_extents() const {
  ExtentList all;
  for (const Part& part : parts_) {
    TINTYPE_TRY(const ExtentList extents, part.volume->data_extents());
    for (const Extent& extent : extents)
      all.push_back({part.offset + extent.offset, extent.length});
  }
  return normalized(std::move(all));
}

}  // namespace tintype
