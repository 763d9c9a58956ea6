// A VHD, any bytes. The first byte says how to treat the others:
//   bit 0   seal the footers (at the end, and their copy in front) and the header behind the latter
//           again, so that the search gets behind their checksums
#include <algorithm>

#include "hashing/endian.h"
#include "io/disk_image/vhd/vhd_volume.h"
#include "tests/io/disk_image/vhd/vhd_probe.h"

namespace {

using namespace tintype;

// The complement of the sum of all bytes, the checksum itself left out; at the given place.
void seal(std::span<std::byte> part, std::size_t checksum_at) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < part.size(); ++i)
    if (i < checksum_at || i >= checksum_at + 4) sum += std::to_integer<std::uint32_t>(part[i]);
  for (std::size_t i = 0; i < 4; ++i)
    part[checksum_at + i] = static_cast<std::byte>(~sum >> (24 - 8 * i));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 20)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  std::vector<std::byte> image(bytes.begin(), bytes.end());
  if ((data[0] & 1) != 0 && image.size() >= 2048) {
    seal(std::span(image).first(512), 64);
    seal(std::span(image).subspan(512, 1024), 36);
    seal(std::span(image).last(512), 64);
  }
  tintype::test::probe_disk_image(image,
                                  [](const std::string& path) { return open_vhd_volume(path); });
  return 0;
}
