// A VHDX, any bytes. The input is small, the format is not: its first 1 MiB is mostly empty. So the
// input is a list of parts, each an offset in units of 4 KiB (2 bytes, little-endian), a length (2
// bytes) and its bytes, laid over an empty file that ends behind the last one. The first byte says:
//   bit 0   make the checksums of headers, region tables and the entry at the log's begin right, so
//           that the search gets behind them
#include <algorithm>
#include <cstring>

#include "hashing/crc32c.h"
#include "hashing/endian.h"
#include "io/disk_image/vhd/vhdx_format.h"
#include "io/disk_image/vhd/vhdx_volume.h"
#include "tests/io/disk_image/vhd/vhd_probe.h"

namespace {

using namespace tintype;

void seal(std::span<std::byte> file, std::uint64_t offset, std::size_t length) {
  if (length < 8 || offset > file.size() || length > file.size() - offset) return;
  const le32 sum = crc32c_without(file.subspan(offset, length), 4);
  std::memcpy(file.data() + offset + 4, &sum, sizeof sum);
}

void seal_all(std::span<std::byte> file) {
  for (const std::uint64_t at : kVhdxRegionTableOffsets) seal(file, at, kVhdxRegionTableBytes);
  if (file.size() >= kVhdxUnitBytes + 12) {
    le32 entry_bytes;
    std::memcpy(&entry_bytes, file.data() + kVhdxUnitBytes + 8, sizeof entry_bytes);
    seal(file, kVhdxUnitBytes, entry_bytes);
  }
  for (const std::uint64_t at : kVhdxHeaderOffsets) seal(file, at, kVhdxHeaderBytes);
}

std::vector<std::byte> file_of(std::span<const std::byte> parts) {
  std::vector<std::byte> file;
  while (parts.size() >= 4) {
    le16 unit, length;
    std::memcpy(&unit, parts.data(), sizeof unit);
    std::memcpy(&length, parts.data() + 2, sizeof length);
    const auto bytes = parts.subspan(4, std::min<std::size_t>(length, parts.size() - 4));
    const std::size_t at = std::size_t{unit % 4096u} * 4096;
    file.resize(std::max(file.size(), at + bytes.size()));
    std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
    parts = parts.subspan(4 + bytes.size());
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5 || size > (1 << 20)) return 0;
  std::vector<std::byte> image = file_of(std::as_bytes(std::span(data, size)).subspan(1));
  if ((data[0] & 1) != 0) seal_all(image);
  tintype::test::probe_disk_image(image,
                                  [](const std::string& path) { return open_vhdx_volume(path); });
  return 0;
}
