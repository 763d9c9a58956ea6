#include "io/shadow/vss_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/shadow/vss_chain.h"
#include "io/shadow/vss_store.h"

namespace tintype {
namespace {

struct Place {
  std::uint64_t block = 0;
  std::uint64_t source = 0;  // block of the volume
};
using Places = std::vector<Place>;  // sorted; a block that is not in it lies in its own place

std::uint64_t source_of(const Places& places, std::uint64_t block) {
  const auto found = std::ranges::lower_bound(places, block, {}, &Place::block);
  return found != places.end() && found->block == block ? found->source : block;
}

// The view one store further back: where the store has a block, it counts. A forwarder means what
// the newer view has at its target.
Places behind(const VssStore& store, const Places& newer) {
  Places older;
  older.reserve(store.blocks().size() + newer.size());
  auto next = newer.begin();
  for (const VssStore::Block& own : store.blocks()) {
    for (; next != newer.end() && next->block < own.block; ++next) older.push_back(*next);
    if (next != newer.end() && next->block == own.block) ++next;
    older.push_back({own.block, own.forwarder ? source_of(newer, own.source) : own.source});
  }
  older.insert(older.end(), next, newer.end());
  return older;
}

class RunList {
 public:
  void add(std::uint64_t offset, std::uint64_t length, std::uint64_t source) {
    if (length == 0 || source == offset) return;
    if (!runs_.empty() && runs_.back().end() == offset && continues(runs_.back(), source))
      runs_.back().length += length;
    else
      runs_.push_back({offset, length, source});
  }
  [[nodiscard]] std::vector<VssRun> take() { return std::move(runs_); }

 private:
  static bool continues(const VssRun& run, std::uint64_t source) {
    if (run.source == VssRun::kZeros || source == VssRun::kZeros) return run.source == source;
    return run.source + run.length == source;
  }
  std::vector<VssRun> runs_;
};

// Blocks that were free when the copy was made, but for those that others were moved to since.
Result<ExtentList> free_ranges(const Volume& volume, const ShadowCopy& copy,
                               const VssStore& store) {
  TINTYPE_TRY(ExtentList ranges, read_vss_bitmap(volume, copy, copy.bitmap_offset));
  if (copy.previous_bitmap_offset != 0) {
    TINTYPE_TRY(const ExtentList previous,
                read_vss_bitmap(volume, copy, copy.previous_bitmap_offset));
    ranges = intersection(ranges, previous);
  }
  ExtentList not_moved_to;
  std::uint64_t at = 0;
  for (const auto& [block, origin] : store.moved()) {
    const std::uint64_t offset = block * kVssBlockBytes;
    not_moved_to.push_back({at, offset - at});
    at = offset + kVssBlockBytes;
  }
  if (at < copy.volume_bytes) not_moved_to.push_back({at, copy.volume_bytes - at});
  return intersection(ranges, normalized(std::move(not_moved_to)));
}

// Walks what the places, the overlays and the free ranges say of each block, in order.
class ViewWriter {
 public:
  ViewWriter(const VssStore& active, const ExtentList& free, std::uint64_t copy_bytes)
      : active_(active), free_(free), copy_bytes_(copy_bytes) {}

  std::vector<VssRun> write(const Places& places) {
    auto place = places.begin();
    auto overlay = active_.overlays().begin();
    while (place != places.end() || overlay != active_.overlays().end()) {
      const bool placed = overlay == active_.overlays().end() ||
                          (place != places.end() && place->block <= overlay->first);
      const std::uint64_t block = placed ? place->block : overlay->first;
      const std::uint64_t offset = block * kVssBlockBytes;
      if (offset >= copy_bytes_) break;  // of a newer copy of the volume, when it was larger
      unchanged_to(offset);
      const std::uint64_t length = std::min(kVssBlockBytes, copy_bytes_ - offset);
      const bool overlaid = overlay != active_.overlays().end() && overlay->first == block;
      const std::uint32_t sectors = overlaid ? overlay->second.sectors : 0;
      for (std::uint64_t at = 0; at < length;) {
        const bool in_overlay = is_set(sectors, at);
        std::uint64_t to = at;
        while (to < length && is_set(sectors, to) == in_overlay) to += kVssOverlaySectorBytes;
        to = std::min(to, length);
        if (in_overlay)
          take(offset + at, to - at, overlay->second.source * kVssBlockBytes + at);
        else if (placed)
          take(offset + at, to - at, place->source * kVssBlockBytes + at);
        else
          unchanged_to(offset + to);
        at = to;
      }
      if (placed) ++place;
      if (overlaid) ++overlay;
    }
    unchanged_to(copy_bytes_);
    return runs_.take();
  }

 private:
  static bool is_set(std::uint32_t sectors, std::uint64_t offset_in_block) {
    return (sectors >> (offset_in_block / kVssOverlaySectorBytes) & 1) != 0;
  }
  void take(std::uint64_t offset, std::uint64_t length, std::uint64_t source) {
    runs_.add(offset, length, source);
    at_ = offset + length;
  }
  // From where the last run ended: what is free is zeros, everything else lies in its own place.
  void unchanged_to(std::uint64_t to) {
    while (next_free_ < free_.size() && free_[next_free_].end() <= at_) ++next_free_;
    for (; next_free_ < free_.size() && free_[next_free_].offset < to; ++next_free_) {
      const std::uint64_t from = std::max(free_[next_free_].offset, at_);
      const std::uint64_t end = std::min(free_[next_free_].end(), to);
      if (from < end) runs_.add(from, end - from, VssRun::kZeros);
      if (free_[next_free_].end() > to) break;
    }
    at_ = to;
  }

  const VssStore& active_;
  const ExtentList& free_;
  std::uint64_t copy_bytes_;
  RunList runs_;
  std::uint64_t at_ = 0;
  std::size_t next_free_ = 0;
};

Result<void> check_usable(const Volume& volume, std::span<const ShadowCopy> copies,
                          std::size_t index) {
  for (std::size_t i = index; i < copies.size(); ++i)
    if (!copies[i].problem.empty())
      return plain_error(
          fmt::format("cannot read shadow copy {} of {}: {}{}", copies[index].number, volume.name(),
                      i == index ? "" : fmt::format("it needs copy {}: ", copies[i].number),
                      copies[i].problem),
          "a newer shadow copy, or the volume itself, may be readable");
  return {};
}

}  // namespace

Result<std::vector<VssRun>> read_vss_view(const Volume& volume, std::span<const ShadowCopy> copies,
                                          std::size_t index) {
  TINTYPE_CHECK(check_usable(volume, copies, index));
  VssBudget budget;
  Places places;
  VssStore store;
  for (std::size_t i = copies.size(); i-- > index;) {
    TINTYPE_TRY(store, VssStore::read(volume, copies[i], budget));
    places = behind(store, places);
  }
  ExtentList free;
  if (index + 1 == copies.size()) {  // only the newest copy's bitmaps are to be believed
    TINTYPE_TRY(free, free_ranges(volume, copies[index], store));
  }
  std::vector<VssRun> runs = ViewWriter(store, free, copies[index].volume_bytes).write(places);
  // A block that was whole in one copy may be the last, shorter one of the volume now.
  for (const VssRun& run : runs)
    if (run.source != VssRun::kZeros &&
        (run.source > volume.size_bytes() || run.length > volume.size_bytes() - run.source))
      return vss_damage(
          volume, fmt::format("shadow copy {}", copies[index].number),
          fmt::format("its block {} is said to be kept at {}", run.offset, run.source));
  return runs;
}

}  // namespace tintype
