#include "io/shadow/shadow_volume.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/invariant.h"
#include "io/shadow/vss_view.h"

namespace tintype {
namespace {

class ShadowVolume final : public Volume {
 public:
  ShadowVolume(std::unique_ptr<Volume> base, const ShadowCopy& copy, std::vector<VssRun> runs)
      : base_(std::move(base)),
        name_(fmt::format("{}@shadow:{}", base_->name(), copy.number)),
        size_bytes_(copy.volume_bytes),
        runs_(std::move(runs)) {}

  const std::string& name() const noexcept override { return name_; }
  std::uint64_t size_bytes() const noexcept override { return size_bytes_; }
  std::uint32_t sector_bytes() const noexcept override { return base_->sector_bytes(); }

  void map(Extent range, const std::function<void(const Piece&)>& piece) const override {
    invariant(contains(range), "a range outside the volume was mapped");
    walk(range, [&](std::uint64_t source, std::uint64_t length) {
      if (source == VssRun::kZeros)
        piece({.length = length});
      else
        base_->map({source, length}, piece);
    });
  }

  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override {
    if (!contains({offset, bytes.size()}))
      return plain_error(fmt::format("cannot read {} bytes at offset {} of {}: it has only {}",
                                     bytes.size(), offset, name_, size_bytes_));
    Result<void> result;
    walk({offset, bytes.size()}, [&](std::uint64_t source, std::uint64_t length) {
      const auto part = bytes.first(length);
      bytes = bytes.subspan(length);
      if (source == VssRun::kZeros)
        std::memset(part.data(), 0, part.size());
      else if (result)
        result = base_->read(source, part);
    });
    return result;
  }

  // What is kept in a store counts as data without a look whether the base has a hole there.
  Result<ExtentList> data_extents() const override {
    TINTYPE_TRY(const ExtentList on_base, base_->data_extents());
    ExtentList data, in_place;
    std::uint64_t at = 0;
    for (const VssRun& run : runs_) {
      if (run.offset > at) in_place.push_back({at, run.offset - at});
      if (run.source != VssRun::kZeros) data.push_back({run.offset, run.length});
      at = run.end();
    }
    if (size_bytes_ > at) in_place.push_back({at, size_bytes_ - at});
    const ExtentList unchanged = intersection(on_base, in_place);
    data.insert(data.end(), unchanged.begin(), unchanged.end());
    return normalized(std::move(data));
  }

 private:
  [[nodiscard]] bool contains(Extent range) const noexcept {
    return range.offset <= size_bytes_ && range.length <= size_bytes_ - range.offset;
  }

  // Calls `visit(source, length)` for each part of the range, in order.
  template <class Visit>
  void walk(Extent range, Visit visit) const {
    std::uint64_t at = range.offset;
    auto run = std::ranges::upper_bound(runs_, at, {}, &VssRun::end);
    while (at < range.end()) {
      if (run == runs_.end() || run->offset >= range.end()) {
        visit(at, range.end() - at);
        return;
      }
      if (run->offset > at) {
        visit(at, run->offset - at);
        at = run->offset;
      }
      const std::uint64_t to = std::min(run->end(), range.end());
      visit(run->source == VssRun::kZeros ? run->source : run->source + (at - run->offset),
            to - at);
      at = to;
      ++run;
    }
  }

  std::unique_ptr<Volume> base_;
  std::string name_;
  std::uint64_t size_bytes_;
  std::vector<VssRun> runs_;
};

}  // namespace

Result<std::unique_ptr<Volume>> open_shadow_volume(std::unique_ptr<Volume> base,
                                                   std::string_view which) {
  TINTYPE_TRY(const auto copies, list_shadow_copies(*base));
  TINTYPE_TRY(const std::size_t index, find_shadow_copy(copies, which, *base));
  TINTYPE_TRY(auto runs, read_vss_view(*base, copies, index));
  return std::make_unique<ShadowVolume>(std::move(base), copies[index], std::move(runs));
}

}  // namespace tintype
