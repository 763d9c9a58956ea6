// The ext2/3/4 reader on any bytes. The corpus are volumes without checksums, so that the search
// gets behind superblock and descriptors: extents, and block numbers with uninit_bg's group flags.
#include "io/filesystem/ext/ext_map.h"
#include "io/invariant.h"
#include "support/memory_volume.h"
#include "tests/io/filesystem/map_probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2048 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  const tintype::test::MemoryVolume volume({bytes.begin(), bytes.end()});
  if (const auto map = tintype::open_ext_map(volume)) {
    const std::string wrong = tintype::test::probe_map(volume, **map, size);
    tintype::invariant(wrong.empty(), "a map that makes no sense");
  }
  return 0;
}
