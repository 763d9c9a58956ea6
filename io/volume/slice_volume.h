// A range of a volume as a volume: a partition of a disk.
#pragma once

#include <memory>

#include "io/volume/volume.h"

namespace tintype {

class SliceVolume final : public Volume {
 public:
  // `range` lies inside the base and is not empty. The base outlives the slice.
  SliceVolume(std::string name, const Volume& base, Extent range);
  // The slice keeps its base.
  SliceVolume(std::string name, std::unique_ptr<Volume> base, Extent range);

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size_bytes() const noexcept override { return range_.length; }
  std::uint32_t sector_bytes() const noexcept override { return base_->sector_bytes(); }
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override;
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override;
  Result<ExtentList> data_extents() const override;

 private:
  std::string name_;
  std::unique_ptr<Volume> owned_;  // null if somebody else keeps the base
  const Volume* base_;
  Extent range_;  // of the base
};

}  // namespace tintype
