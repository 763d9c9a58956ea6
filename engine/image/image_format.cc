#include "engine/image/image_format.h"

namespace tintype::image {

DiskDigest128 to_disk(const Digest128& digest) noexcept {
  return {.low = digest.low, .high = digest.high};
}

Digest128 from_disk(const DiskDigest128& digest) noexcept {
  return {.low = digest.low, .high = digest.high};
}

std::uint8_t lz4_header_check(const Lz4FrameHead& head) noexcept {
  const auto descriptor = std::as_bytes(std::span(&head, 1))
                              .subspan(offsetof(Lz4FrameHead, flg),
                                       offsetof(Lz4FrameHead, hc) - offsetof(Lz4FrameHead, flg));
  return static_cast<std::uint8_t>(xxh32(descriptor) >> 8);
}

}  // namespace tintype::image
