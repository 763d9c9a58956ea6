// Against a model: a list of extents is the set of bytes it covers, one flag a byte.
#include "io/extent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kModelBytes = 96;
using Model = std::vector<bool>;

Model model_of(const ExtentList& extents) {
  Model model(kModelBytes);
  for (const Extent& extent : extents)
    for (std::uint64_t i = extent.offset; i < extent.end(); ++i) model.at(i) = true;
  return model;
}

void expect_normalized(const ExtentList& extents) {
  for (std::size_t i = 0; i < extents.size(); ++i) {
    EXPECT_GT(extents[i].length, 0u);
    if (i == 0) continue;
    EXPECT_GT(extents[i].offset, extents[i - 1].end()) << "not sorted, or touching";
  }
}

ExtentList random_extents(std::mt19937& random) {
  ExtentList extents(random() % 9);
  for (Extent& extent : extents) {
    extent.offset = random() % kModelBytes;
    extent.length = std::min<std::uint64_t>(random() % 13, kModelBytes - extent.offset);
  }
  return extents;
}

TEST(Extents, NormalizedCoversTheSameBytes) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const ExtentList extents = random_extents(random);
    const ExtentList result = normalized(extents);
    expect_normalized(result);
    EXPECT_EQ(model_of(result), model_of(extents));
    EXPECT_EQ(normalized(result), result);
    EXPECT_EQ(total_bytes(result),
              static_cast<std::uint64_t>(std::ranges::count(model_of(extents), true)));
  }
}

TEST(Extents, IntersectionIsBytewiseAnd) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const ExtentList a = normalized(random_extents(random));
    const ExtentList b = normalized(random_extents(random));
    const ExtentList result = intersection(a, b);
    expect_normalized(result);
    const Model in_a = model_of(a), in_b = model_of(b);
    Model both(kModelBytes);
    for (std::size_t i = 0; i < kModelBytes; ++i) both[i] = in_a[i] && in_b[i];
    EXPECT_EQ(model_of(result), both);
    EXPECT_EQ(intersection(b, a), result);
    EXPECT_EQ(intersection(a, a), a);
  }
}

TEST(Extents, RoundedOutFillsEveryTouchedUnitUpToTheEnd) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const ExtentList extents = random_extents(random);
    const std::uint64_t unit = 1 + random() % 17;
    const std::uint64_t end = random() % (kModelBytes + 1);
    const ExtentList result = rounded_out(extents, unit, end);
    expect_normalized(result);
    const Model touched = model_of(extents);
    Model expected(kModelBytes);
    for (std::size_t i = 0; i < end; ++i)
      if (touched[i])
        for (std::size_t k = i / unit * unit; k < std::min<std::size_t>(end, (i / unit + 1) * unit);
             ++k)
          expected[k] = true;
    EXPECT_EQ(model_of(result), expected);
  }
}

TEST(Extents, TouchingOnesBecomeOneAndEmptyOnesGo) {
  EXPECT_THAT(normalized({{8, 4}, {0, 4}, {4, 4}, {20, 0}, {12, 0}}), ElementsAre(Extent{0, 12}));
  EXPECT_THAT(normalized({{0, 10}, {2, 3}}), ElementsAre(Extent{0, 10}));
  EXPECT_THAT(normalized({}), IsEmpty());
  EXPECT_THAT(normalized({{5, 0}}), IsEmpty());
}

TEST(Extents, TouchingOnesHaveNoBytesInCommon) {
  EXPECT_THAT(intersection({{0, 4}}, {{4, 4}}), IsEmpty());
  EXPECT_THAT(intersection({}, {{4, 4}}), IsEmpty());
}

TEST(Extents, NearTheEndOfTheNumbersNothingWrapsAround) {
  constexpr std::uint64_t kMax = ~std::uint64_t{0};
  EXPECT_THAT(rounded_out({{kMax - 10, 5}}, 4096, kMax), ElementsAre(Extent{kMax - 4095, 4095}));
  EXPECT_THAT(normalized({{kMax - 4, 4}, {kMax - 8, 4}}), ElementsAre(Extent{kMax - 8, 8}));
}

TEST(Extent, PartsWithinARangeAreWhatTheIntersectionSays) {
  const ExtentList list{{10, 5}, {20, 10}, {40, 1}, {50, 100}};
  for (std::uint64_t offset = 0; offset < 160; ++offset)
    for (std::uint64_t length = 1; length < 40; ++length)
      ASSERT_EQ(parts_within(list, {offset, length}), intersection(list, {{offset, length}}))
          << offset << " " << length;
  EXPECT_EQ(parts_within({}, {0, 100}), ExtentList{});
}

}  // namespace
}  // namespace tintype
