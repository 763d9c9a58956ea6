// What encryption will do to chunks, as far as the engine can tell: bytes that nobody can read, a
// tag behind them, bound to the chunk and to a key. (It keeps no secret.)
#pragma once

#include <array>
#include <cstring>

#include "engine/image/chunk_sealer.h"
#include "hashing/xxh3.h"

namespace tintype::test {

class XorSealer final : public ChunkSealer {
 public:
  explicit XorSealer(std::uint64_t key) : key_(key) {}

  [[nodiscard]] std::uint32_t seal_bytes() const noexcept override { return sizeof(Digest128); }
  void seal(const ImageRecord& record, std::span<std::byte> payload) const noexcept override {
    const auto packed = payload.first(payload.size() - sizeof(Digest128));
    mask(record, packed);
    const Digest128 tag = tag_of(record, packed);
    std::memcpy(payload.data() + packed.size(), &tag, sizeof tag);
  }
  [[nodiscard]] bool open(const ImageRecord& record,
                          std::span<std::byte> payload) const noexcept override {
    const auto packed = payload.first(payload.size() - sizeof(Digest128));
    const Digest128 tag = tag_of(record, packed);
    if (std::memcmp(payload.data() + packed.size(), &tag, sizeof tag) != 0) return false;
    mask(record, packed);
    return true;
  }

 private:
  // The key and all that is known of a record when it is sealed.
  [[nodiscard]] std::array<std::uint64_t, 7> context(const ImageRecord& record) const noexcept {
    return {key_,         record.volume_offset,    record.plain_bytes,      record.stored_bytes,
            record.flags, record.plain_digest.low, record.plain_digest.high};
  }
  void mask(const ImageRecord& record, std::span<std::byte> bytes) const noexcept {
    const auto known = context(record);
    std::uint64_t state = xxh3_64(std::as_bytes(std::span(known)));
    for (std::byte& byte : bytes) {
      state = state * 6364136223846793005 + 1442695040888963407;
      byte ^= static_cast<std::byte>(state >> 56);
    }
  }
  [[nodiscard]] Digest128 tag_of(const ImageRecord& record,
                                 std::span<const std::byte> sealed) const noexcept {
    Xxh3Stream stream;
    const auto known = context(record);
    stream.update(std::as_bytes(std::span(known)));
    stream.update(sealed);
    return stream.digest();
  }

  std::uint64_t key_;
};

}  // namespace tintype::test
