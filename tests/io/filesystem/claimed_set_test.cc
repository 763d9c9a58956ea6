#include "io/filesystem/claimed_set.h"

#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

TEST(ClaimedSet, WhatIsClaimedAndNotMarkedIsAllocatedAndCounted) {
  ClaimedSet set({{0, 100}, {200, 100}}, 1000);
  EXPECT_FALSE(set.claim(0, 100));
  EXPECT_FALSE(set.claim(250, 50));
  EXPECT_TRUE(set.claim(50, 200));   // over the gap
  EXPECT_TRUE(set.claim(250, 100));  // past a mark
  EXPECT_TRUE(set.claim(250, 100));  // twice is once
  EXPECT_TRUE(set.claim(990, 100));  // cut at the end
  EXPECT_FALSE(set.claim(1000, 1));
  const auto both = set.finish();
  EXPECT_EQ(both.allocated, (ExtentList{{0, 350}, {990, 10}}));
  EXPECT_EQ(both.unmarked_bytes, 100u + 50u + 10u);
}

TEST(ClaimedSet, ASoundVolumeKeepsItsMarks) {
  ClaimedSet set({{0, 100}}, 1000);
  EXPECT_FALSE(set.claim(10, 20));
  const auto both = set.finish();
  EXPECT_EQ(both.allocated, (ExtentList{{0, 100}}));
  EXPECT_EQ(both.unmarked_bytes, 0u);
}

TEST(ClaimedSet, IsTheUnionOfBothByteByByte) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    constexpr std::size_t kEnd = 300;
    std::vector<bool> marked(kEnd), wanted(kEnd);
    ExtentList marks;
    const auto pick = [&](auto&& use) {
      const std::size_t at = random() % kEnd, length = random() % 40;
      use(at, length);
    };
    for (int i = 0; i < 6; ++i)
      pick([&](std::size_t at, std::size_t length) {
        marks.push_back({at, std::min(length, kEnd - at)});
        for (std::size_t b = at; b < std::min(at + length, kEnd); ++b) marked[b] = true;
      });
    wanted = marked;
    ClaimedSet set(normalized(marks), kEnd);
    for (int i = 0; i < 6; ++i)
      pick([&](std::size_t at, std::size_t length) {
        bool missed = false;
        for (std::size_t b = at; b < std::min(at + length, kEnd); ++b) {
          missed = missed || !marked[b];
          wanted[b] = true;
        }
        EXPECT_EQ(set.claim(at, length), missed) << "seed " << seed;
      });
    const auto both = set.finish();
    std::vector<bool> got(kEnd);
    for (const Extent& extent : both.allocated)
      for (std::uint64_t b = extent.offset; b < extent.end(); ++b) got[b] = true;
    EXPECT_EQ(got, wanted) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tintype
