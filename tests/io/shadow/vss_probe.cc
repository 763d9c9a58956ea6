#include "tests/io/shadow/vss_probe.h"

#include <algorithm>

#include "io/shadow/shadow_volume.h"
#include "io/shadow/vss_store.h"
#include "io/shadow/vss_view.h"
#include "support/expect_ok.h"

namespace tintype::test {
namespace {

constexpr std::uint64_t kSector = kVssOverlaySectorBytes;

struct Chain {
  const Volume& volume;
  std::vector<ShadowCopy> copies;
  std::vector<VssStore> stores;
  ExtentList free, previously_free;

  void read(std::size_t active, std::size_t index, std::uint64_t offset,
            std::span<std::byte> out) const {
    if (index == stores.size()) return must(volume.read(offset, out));
    const VssStore& store = stores[index];
    const std::uint64_t block = offset / kVssBlockBytes, inside = offset % kVssBlockBytes;
    if (const auto overlay = store.overlays().find(block);
        index == active && overlay != store.overlays().end() &&
        (overlay->second.sectors >> (inside / kSector) & 1) != 0)
      return must(volume.read(overlay->second.source * kVssBlockBytes + inside, out));
    for (const VssStore::Block& own : store.blocks())
      if (own.block == block)
        return own.forwarder ? read(active, index + 1, own.source * kVssBlockBytes + inside, out)
                             : must(volume.read(own.source * kVssBlockBytes + inside, out));
    const ExtentList here{{offset, kSector}};
    if (index == active && index + 1 == stores.size() && !store.moved().contains(block) &&
        !intersection(free, here).empty() &&
        (copies[index].previous_bitmap_offset == 0 || !intersection(previously_free, here).empty()))
      return std::fill(out.begin(), out.end(), std::byte{0});
    read(active, index + 1, offset, out);
  }
};

std::string probe_view(const Volume& volume, const std::vector<ShadowCopy>& copies,
                       std::size_t index) {
  const auto runs = read_vss_view(volume, copies, index);
  if (!runs) return runs.error().line().empty() ? "an error without words" : "";
  std::uint64_t at = 0;
  for (const VssRun& run : *runs) {
    if (run.length == 0 || run.offset < at) return "runs out of order";
    at = run.end();
    if (at > copies[index].volume_bytes) return "a run outside the copy";
    if (run.source != VssRun::kZeros && run.source + run.length > volume.size_bytes())
      return "a run outside the volume";
  }
  return {};
}

std::string probe_copy(const Volume& copy) {
  std::vector<std::byte> bytes(copy.size_bytes());
  if (!copy.read(0, bytes)) return "the copy cannot be read";
  const auto data = copy.data_extents();
  if (!data || normalized(*data) != *data) return "data extents that are not normalized";
  if (!data->empty() && data->back().end() > copy.size_bytes()) return "data outside the copy";
  ExtentList holes;
  std::uint64_t at = 0;
  for (const Extent& extent : *data) {
    holes.push_back({at, extent.offset - at});
    at = extent.end();
  }
  holes.push_back({at, copy.size_bytes() - at});
  for (const Extent& hole : holes)
    for (std::uint64_t i = hole.offset; i < hole.end(); ++i)
      if (bytes[i] != std::byte{0}) return "data extents that miss something";
  std::uint64_t mapped = 0;
  copy.map({0, copy.size_bytes()}, [&](const Volume::Piece& piece) { mapped += piece.length; });
  if (mapped != copy.size_bytes()) return "a map that does not cover the copy";
  if (copy.read(copy.size_bytes(), std::span(bytes).first(1)) || copy.read(~0ull, {}))
    return "reads outside the copy";
  return {};
}

}  // namespace

std::vector<std::byte> read_shadow_slowly(const Volume& volume, std::size_t index) {
  Chain chain{.volume = volume, .copies = must(list_shadow_copies(volume))};
  VssBudget budget;
  for (const ShadowCopy& copy : chain.copies)
    chain.stores.push_back(must(VssStore::read(volume, copy, budget)));
  const ShadowCopy& last = chain.copies.back();
  chain.free = must(read_vss_bitmap(volume, last, last.bitmap_offset));
  if (last.previous_bitmap_offset != 0)
    chain.previously_free = must(read_vss_bitmap(volume, last, last.previous_bitmap_offset));
  std::vector<std::byte> bytes(chain.copies[index].volume_bytes);
  for (std::uint64_t at = 0; at < bytes.size(); at += kSector)
    chain.read(index, index, at, std::span(bytes).subspan(at, kSector));
  return bytes;
}

std::string probe_shadows(const MemoryVolume& volume, int& opened) {
  const auto copies = list_shadow_copies(volume);
  if (!copies) return copies.error().line().empty() ? "an error without words" : "";
  for (std::size_t i = 0; i < copies->size(); ++i) {
    static_cast<void>(shadow_changes(volume, (*copies)[i]));
    if (std::string wrong = probe_view(volume, *copies, i); !wrong.empty()) return wrong;
    const auto copy =
        open_shadow_volume(std::make_unique<MemoryVolume>(volume.bytes), std::to_string(i + 1));
    if (!copy) continue;
    ++opened;
    if (std::string wrong = probe_copy(**copy); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace tintype::test
