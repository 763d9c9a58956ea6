// A small volume of random content with random shadow copies: every kind of descriptor, several
// of a block, forwarders that meet, bitmaps with and without a previous one.
#pragma once

#include <cstddef>
#include <vector>

#include "support/vss_maker.h"

namespace tintype::test {

struct RandomShadows {
  std::vector<std::byte> volume;
  std::size_t copies = 0;
  VssLayout layout;
};
[[nodiscard]] RandomShadows random_shadows(std::uint64_t seed, std::size_t copies_max = 6);

}  // namespace tintype::test
