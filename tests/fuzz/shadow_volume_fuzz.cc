// The reader of Windows shadow copies on any bytes: the first 64 are the volume header, then come
// the first 2 KiB of each block of 16 KiB, from the second one of the volume on.
//
// The corpus has volumes with two and three copies, as tests/support/vss_maker.cc makes them.
#include <algorithm>

#include "io/invariant.h"
#include "io/shadow/vss_format.h"
#include "support/memory_volume.h"
#include "tests/io/shadow/vss_probe.h"

namespace {

constexpr std::size_t kBlocks = 64;
constexpr std::size_t kFrontBytes = 2048;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tintype::kVssBlockBytes;
  auto bytes = std::as_bytes(std::span(data, size));
  tintype::test::MemoryVolume volume{std::vector<std::byte>(kBlocks * kVssBlockBytes)};
  const auto put = [&](std::size_t offset, std::size_t length) {
    const auto part = bytes.first(std::min(length, bytes.size()));
    std::copy(part.begin(), part.end(), volume.bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    bytes = bytes.subspan(part.size());
  };
  put(tintype::kVssVolumeHeaderOffset, sizeof(tintype::VssVolumeHeader));
  for (std::size_t block = 1; block < kBlocks && !bytes.empty(); ++block)
    put(block * kVssBlockBytes, kFrontBytes);
  int opened = 0;
  const std::string wrong = tintype::test::probe_shadows(volume, opened);
  tintype::invariant(wrong.empty(), "a shadow copy that makes no sense");
  return 0;
}
