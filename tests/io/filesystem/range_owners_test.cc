#include "io/filesystem/range_owners.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(RangeOwners, TheClaimToTheEarliestByteWins) {
  RangeOwners owners({{100, 100}, {50, 10}, {150, 100}, {1000, 10}});
  EXPECT_TRUE(owners.claim({0, 180, 100}, 1));     // the end of the first, part of the third
  EXPECT_TRUE(owners.claim({4096, 90, 20}, 2));    // the beginning of the first
  EXPECT_FALSE(owners.claim({8192, 120, 20}, 3));  // its middle: too late
  EXPECT_TRUE(owners.claim({0, 40, 15}, 4));
  EXPECT_FALSE(owners.claim({0, 300, 600}, 5));
  const auto& found = owners.owners();
  EXPECT_EQ(found[0].key, 2u);
  EXPECT_EQ(found[0].file_offset, 4096u + 10);
  EXPECT_EQ(found[1].key, 4u);
  EXPECT_EQ(found[1].file_offset, 10u);
  EXPECT_EQ(found[2].key, 1u);
  EXPECT_EQ(found[2].file_offset, 0u);
  EXPECT_EQ(found[3].key, RangeOwners::kNobody);
}

}  // namespace
}  // namespace tintype
