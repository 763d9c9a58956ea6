// One digest for the content of a whole volume: over offset, length and digest of every chunk that
// is not zero, in volume order. The same chunk size gives the same content digest, however the
// chunks are stored.
#pragma once

#include <cstdint>
#include <span>

#include "hashing/endian.h"
#include "hashing/xxh3.h"

namespace tintype {

class ContentDigest {
 public:
  void add(std::uint64_t volume_offset, std::uint64_t plain_bytes, const Digest128& plain_digest) {
    const le64 entry[] = {volume_offset, plain_bytes, plain_digest.low, plain_digest.high};
    stream_.update(std::as_bytes(std::span(entry)));
  }
  [[nodiscard]] Digest128 digest() const noexcept { return stream_.digest(); }

 private:
  Xxh3Stream stream_;
};

}  // namespace tintype
