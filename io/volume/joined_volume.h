// Several volumes laid end to end as one, each from a multiple of `align_bytes` on: many small
// files are then read like one large one, with as many reads in flight. What lies between them
// reads as zeros and is no data.
#pragma once

#include <memory>
#include <vector>

#include "io/volume/volume.h"

namespace tintype {

class JoinedVolume final : public Volume {
 public:
  JoinedVolume(std::string name, std::vector<std::unique_ptr<Volume>> parts,
               std::uint64_t align_bytes);

  [[nodiscard]] std::size_t parts() const noexcept { return parts_.size(); }
  [[nodiscard]] const Volume& part(std::size_t index) const { return *parts_[index].volume; }
  [[nodiscard]] Extent place_of(std::size_t index) const;  // where the part lies in this one
  // The part that a byte lies in, or the last one before it.
  [[nodiscard]] std::size_t part_at(std::uint64_t offset) const;

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  std::uint32_t sector_bytes() const noexcept override;
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override;
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override;
  Result<ExtentList> data_extents() const override;

 private:
  struct Part {
    std::unique_ptr<Volume> volume;
    std::uint64_t offset = 0;
  };
  // Calls `visit(part, extent of it)` and `gap(length)` for what a range covers, in order.
  template <class Visit, class Gap>
  void walk(Extent range, Visit visit, Gap gap) const;

  std::string name_;
  std::vector<Part> parts_;  // at least one
  std::uint64_t size_bytes_ = 0;
};

}  // namespace tintype
