// The image of a folder, any bytes. The first byte says how to treat the others:
//   bit 0   seal the index again, so that the search gets behind its digest
#include <algorithm>

#include "io/folder/folder_format.h"
#include "io/folder/folder_map.h"
#include "io/invariant.h"
#include "support/memory_volume.h"
#include "tests/io/filesystem/map_probe.h"

namespace {

void seal(std::vector<std::byte>& image) {
  auto head = tintype::parse_folder_head(image);
  if (!head || !tintype::index_is_inside(*head, image.size())) return;
  tintype::Xxh3Stream digest;
  std::uint64_t number = 0;
  for (std::uint64_t left = head->index_bytes; left > 0; ++number) {
    const std::size_t count = std::min<std::uint64_t>(left, tintype::kIndexPieceDataBytes);
    digest.update(std::span(image).subspan(
        tintype::index_piece_at(*head, number) + tintype::folder_index_piece_head().size(), count));
    left -= count;
  }
  head->index_digest = digest.digest();
  std::ranges::copy(tintype::to_bytes(*head), image.begin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  tintype::test::MemoryVolume volume({bytes.begin(), bytes.end()});
  if ((data[0] & 1) != 0) seal(volume.bytes);
  if (const auto map = tintype::open_folder_map(volume)) {
    const std::string wrong = tintype::test::probe_map(volume, **map, size);
    tintype::invariant(wrong.empty(), "a map that makes no sense");
  }
  return 0;
}
