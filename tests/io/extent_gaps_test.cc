#include "io/extent_gaps.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(ExtentGaps, AreWhatPartsLeaveOver) {
  const ExtentList list{{10, 10}, {30, 10}};
  EXPECT_EQ(gaps_within(list, {0, 50}), (ExtentList{{0, 10}, {20, 10}, {40, 10}}));
  EXPECT_EQ(gaps_within(list, {12, 5}), ExtentList{});
  EXPECT_EQ(gaps_within(list, {15, 10}), (ExtentList{{20, 5}}));
  EXPECT_EQ(gaps_within({}, {5, 5}), (ExtentList{{5, 5}}));
  EXPECT_EQ(gaps_within(list, {5, 0}), ExtentList{});
}

TEST(ExtentGaps, JoinedIsWhatIsInOneOrTheOther) {
  EXPECT_EQ(joined({{0, 10}}, {{5, 10}, {20, 1}}), (ExtentList{{0, 15}, {20, 1}}));
  EXPECT_EQ(joined({}, {{5, 10}}), (ExtentList{{5, 10}}));
  EXPECT_EQ(joined({{5, 10}}, {}), (ExtentList{{5, 10}}));
}

}  // namespace
}  // namespace tintype
