#include "io/volume/slice_volume.h"

#include <fmt/format.h>

#include <utility>

#include "io/invariant.h"

namespace tintype {

SliceVolume::SliceVolume(std::string name, const Volume& base, Extent range)
    : name_(std::move(name)), base_(&base), range_(range) {
  invariant(range.length > 0 && range.length <= base.size_bytes() &&
                range.offset <= base.size_bytes() - range.length,
            "a slice outside its volume");
}

SliceVolume::SliceVolume(std::string name, std::unique_ptr<Volume> base, Extent range)
    : SliceVolume(std::move(name), *base, range) {
  owned_ = std::move(base);
}

void SliceVolume::map(Extent range, const std::function<void(const Piece&)>& piece) const {
  invariant(range.end() <= range_.length, "a range outside the volume was mapped");
  base_->map({range_.offset + range.offset, range.length}, piece);
}

Result<void> SliceVolume::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  // Offsets come from the volume's own metadata, which may be damaged: no invariant.
  if (offset > range_.length || bytes.size() > range_.length - offset)
    return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has only {}",
                                   bytes.size(), offset, name_, range_.length));
  return base_->read(range_.offset + offset, bytes);
}

Result<ExtentList> SliceVolume::data_extents() const {
  TINTYPE_TRY(const ExtentList all, base_->data_extents());
  ExtentList mine = intersection(all, {range_});
  for (Extent& extent : mine) extent.offset -= range_.offset;
  return mine;
}

}  // namespace tintype
