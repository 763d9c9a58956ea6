// Shadow copies whose structures lie in any way a random generator can think of. Nothing may crash,
// hang, take memory without bound or read outside the volume; a view that is accepted must make
// sense. A failure prints the seed that repeats it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "support/random_rounds.h"
#include "support/random_shadows.h"
#include "tests/io/shadow/vss_probe.h"

namespace tintype {
namespace {

using test::MemoryVolume;
using Random = std::mt19937_64;

// For one volume of 2 MiB, sanitizers included. Of processor time: the machine may be busy.
constexpr double kSecondsMax = 5;
constexpr long kMemoryGrowthMaxKiB = 1 << 20;

long peak_memory_kib() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// An offset that a reader might follow into trouble.
std::uint64_t nasty_offset(const test::RandomShadows& shadows, Random& random) {
  const std::uint64_t bytes = shadows.volume.size();
  switch (random() % 10) {
    case 0:
      return bytes;
    case 1:
      return bytes - kVssBlockBytes;
    case 2:
      return bytes - 512;
    case 3:
      return ~std::uint64_t{0} - random() % 3 * 511;
    case 4:
      return (~std::uint64_t{0} >> random() % 3) / kVssBlockBytes * kVssBlockBytes;
    case 5:
      return random();
    case 6:
      return random() % bytes / 512 * 512;
    default:
      return shadows.layout.all[random() % shadows.layout.all.size()];
  }
}

void lie(std::span<std::byte> volume, const test::RandomShadows& shadows, Random& random) {
  const std::uint64_t block = shadows.layout.all[random() % shadows.layout.all.size()];
  const std::uint64_t reach = random() % 2 == 0 ? 64 : random() % 2 == 0 ? 512 : kVssBlockBytes;
  const std::uint64_t at = block + random() % reach / 8 * 8;
  if (random() % 3 != 0) return store_le<std::uint64_t>(volume, at, nasty_offset(shadows, random));
  volume[at + random() % 8] ^= std::byte{1} << random() % 8;
}

// TINTYPE_LIES=FIRST:COUNT tells other lies than the usual ones, or more of them.
TEST(VssLies, AreSurvived) {
  int first = 0, count = test::random_rounds(3000);
  if (const char* asked = std::getenv("TINTYPE_LIES"); asked != nullptr) {
    ASSERT_EQ(std::sscanf(asked, "%d:%d", &first, &count), 2);
  }
  const long memory_before = peak_memory_kib();
  int opened = 0;
  for (int seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<std::uint64_t>(seed));
    const auto shadows = test::random_shadows(static_cast<std::uint64_t>(seed), 3);
    MemoryVolume volume(shadows.volume);
    for (std::uint64_t lies = 1 + random() % 4; lies > 0; --lies)
      lie(volume.bytes, shadows, random);
    const std::clock_t begin = std::clock();
    ASSERT_EQ(test::probe_shadows(volume, opened), "");
    ASSERT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, kSecondsMax);
  }
  EXPECT_GT(opened, count / 4);  // lies that go deep
  EXPECT_LT(opened, count * 2);  // and lies that are seen
  EXPECT_LT(peak_memory_kib() - memory_before, kMemoryGrowthMaxKiB);
}

// A chain as long as the volume allows, made of blocks without content, ends by itself.
TEST(VssLies, EmptyChainsEnd) {
  constexpr std::uint64_t kBlocks = 5000, kArea = 16 * kVssBlockBytes;
  std::vector<std::byte> bytes(kBlocks * kVssBlockBytes);
  const auto layout = test::make_vss(bytes, kArea, {{}});
  for (const std::uint64_t head : {layout.catalog, layout.lists[0], layout.bitmaps[0]}) {
    MemoryVolume volume(bytes);
    const std::span<std::byte> all(volume.bytes);
    std::uint64_t at = head;
    for (std::uint64_t block = 64; block < kBlocks; ++block) {
      const std::uint64_t next = block * kVssBlockBytes;
      store_le<std::uint64_t>(all, at + 40, next);
      std::ranges::copy(all.subspan(head, 32), all.begin() + static_cast<std::ptrdiff_t>(next));
      store_le<std::uint64_t>(all, next + 32, next);
      at = next;
    }
    int opened = 0;
    EXPECT_EQ(test::probe_shadows(volume, opened), "");
    EXPECT_EQ(opened, head == layout.lists[0] ? 1 : 0);
  }
}

}  // namespace
}  // namespace tintype
