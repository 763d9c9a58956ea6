#include "tests/io/disk_image/vhd/vhd_probe.h"

#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "io/handle.h"
#include "io/invariant.h"

namespace tintype::test {

void probe_disk_image(std::span<const std::byte> image, const OpenVolume& open) {
  const Handle file(::memfd_create("image", MFD_CLOEXEC));
  invariant(file.is_open() && ::write(file.get(), image.data(), image.size()) ==
                                  static_cast<ssize_t>(image.size()),
            "no memory for a file");
  const auto volume = open("/proc/self/fd/" + std::to_string(file.get()));
  if (!volume) {
    invariant(!volume.error().what.empty(), "an error without a word");
    return;
  }
  const std::uint64_t end = (*volume)->size_bytes();
  std::vector<std::byte> sector(512);
  // Begin, end, and places in between.
  for (std::uint64_t part = 0; part <= 16 && end >= sector.size(); ++part) {
    const std::uint64_t at = (end - sector.size()) / 16 * part / 512 * 512;
    if (const auto read = (*volume)->read(at, sector); !read)
      invariant(!read.error().what.empty(), "an error without a word");
  }
  invariant(!(*volume)->read(end, sector), "read behind the end");
  if (const auto data_extents = (*volume)->data_extents())
    for (const Extent& extent : *data_extents)
      invariant(extent.length <= end && extent.offset <= end - extent.length,
                "data behind the end");
}

}  // namespace tintype::test
