// The NTFS reader on any bytes. The first byte says how to treat the others:
//   bit 0   protect every record again, so that the search gets behind the update sequence
//
// The corpus is a volume of 98 KiB cut out of a real one: boot sector, file table, and $Bitmap.
#include <cstring>

#include "hashing/endian.h"
#include "io/filesystem/ntfs/ntfs_map.h"
#include "io/invariant.h"
#include "support/memory_volume.h"
#include "tests/io/filesystem/map_probe.h"

namespace {

// As if the volume's driver had written these records.
void protect(std::span<std::byte> record) {
  if (std::memcmp(record.data(), "FILE", 4) != 0) return;
  const std::size_t array = tintype::load_le<std::uint16_t>(record, 4);
  if (array + 2 > record.size()) return;
  for (std::size_t i = 1; i <= record.size() / 512; ++i)
    std::memcpy(record.data() + i * 512 - 2, record.data() + array, 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  tintype::test::MemoryVolume volume({bytes.begin(), bytes.end()});
  if ((data[0] & 1) != 0)
    for (std::size_t at = 0; at + 1024 <= volume.bytes.size(); at += 1024)
      protect(std::span(volume.bytes).subspan(at, 1024));
  if (const auto map = tintype::open_ntfs_map(volume)) {
    const std::string wrong = tintype::test::probe_map(volume, **map, size);
    tintype::invariant(wrong.empty(), "a map that makes no sense");
  }
  return 0;
}
