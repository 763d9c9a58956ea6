// Content for volumes: noise, repetitive text and zeros, patched together from a seed.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype::test {

// Random runs of noise, repetitive text and zeros, 512 bytes to a few hundred KiB each.
[[nodiscard]] inline std::vector<std::byte> patchwork(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> content;
  content.reserve(size);
  while (content.size() < size) {
    const std::size_t length = std::min<std::size_t>(
        512 * (1 + random() % (random() % 4 == 0 ? 600 : 40)), size - content.size());
    switch (random() % 3) {
      case 0:
        content.resize(content.size() + length);
        break;
      case 1:
        for (std::size_t i = 0; i < length; ++i)
          content.push_back(static_cast<std::byte>("snapshot "[i % 9] + (random() % 64 == 0)));
        break;
      default:
        for (std::size_t i = 0; i < length; ++i)
          content.push_back(static_cast<std::byte>(random()));
    }
  }
  return content;
}

}  // namespace tintype::test
