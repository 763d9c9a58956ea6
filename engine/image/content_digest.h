// One digest for the content of a whole volume: over offset, length and digest of every chunk that
// is not zero, in volume order. The same chunk size gives the same content digest, however the
// chunks are stored.
#pragma once

#include <cstdint>
#include <span>

#include "engine/image/image_format.h"
#include "hashing/xxh3.h"

namespace tintype {

class ContentDigest {
 public:
  void add(std::uint64_t volume_offset, std::uint64_t plain_bytes, const Digest128& plain_digest) {
    const image::ContentEntry entry{.volume_offset = volume_offset,
                                    .plain_bytes = plain_bytes,
                                    .plain_digest = image::to_disk(plain_digest)};
    stream_.update(std::as_bytes(std::span(&entry, 1)));
  }
  [[nodiscard]] Digest128 digest() const noexcept { return stream_.digest(); }

 private:
  Xxh3Stream stream_;
};

}  // namespace tintype
