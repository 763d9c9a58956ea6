// Content that no two places share, from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tintype::test {

[[nodiscard]] inline std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size;) {
    std::uint64_t word = random();
    for (unsigned k = 0; k < sizeof word && i < size; ++k, ++i, word >>= 8)
      bytes[i] = static_cast<std::byte>(word);
  }
  return bytes;
}

}  // namespace tintype::test
