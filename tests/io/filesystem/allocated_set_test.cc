#include "io/filesystem/allocated_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

using ::testing::ElementsAre;

TEST(AllocatedSet, JoinsWhatTouchesAndCutsAtTheEnd) {
  AllocatedSet set(1000);
  set.add(100, 50);
  set.add(150, 50);
  set.add(120, 10);
  set.add(0, 10);
  set.add(990, 100);
  set.add(2000, 5);
  set.add(500, 0);
  EXPECT_THAT(set.finish(), ElementsAre(Extent{0, 10}, Extent{100, 100}, Extent{990, 10}));
}

TEST(AllocatedSet, StaysWithinItsBoundAndLosesNothing) {
  constexpr std::uint64_t kEnd = 1u << 30;
  constexpr std::size_t kExtentsMax = 1000;
  std::mt19937_64 random(7);
  AllocatedSet set(kEnd, kExtentsMax);
  ExtentList added;
  for (int i = 0; i < 20'000; ++i) {
    const Extent extent{random() % kEnd / 4096 * 4096, 4096};
    added.push_back(extent);
    set.add(extent.offset, extent.length);
  }
  const ExtentList all = normalized(added);
  const ExtentList kept = set.finish();
  EXPECT_LE(kept.size(), kExtentsMax);
  EXPECT_GT(kept.size(), kExtentsMax / 4);
  EXPECT_EQ(intersection(all, kept), all);
  EXPECT_EQ(normalized(kept), kept);
}

}  // namespace
}  // namespace tintype
