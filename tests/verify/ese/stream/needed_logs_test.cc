// Which logs are needed and missing, in numbers: ranges that are nearly empty, overlap, or are
// larger than anything.
#include "verify/ese/stream/needed_logs.h"

#include <gmock/gmock.h>

namespace tintype {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DatabaseHeader needing(std::uint32_t low, std::uint32_t high, std::uint32_t committed = 0) {
  DatabaseHeader header{};
  header.gen_min_required = low;
  header.gen_max_required = high;
  header.gen_max_committed = committed;
  return header;
}

MissingLogs required(std::int64_t low, std::int64_t high) {
  return {low, high, LogCost::required};
}
MissingLogs committed(std::int64_t low, std::int64_t high) {
  return {low, high, LogCost::committed};
}

TEST(NeededLogs, NoneAreNeededUnlessADatabaseSaysSo) {
  const NeededLogs none;
  EXPECT_FALSE(none.any());
  EXPECT_EQ(none.cost_of(0), LogCost::nothing);
  EXPECT_EQ(none.cost_of(5), LogCost::nothing);
  EXPECT_THAT(none.missing({}), IsEmpty());
}

TEST(NeededLogs, CostEndsWithTheRange) {
  NeededLogs needed;
  needed.add(needing(5, 7, 9));
  EXPECT_EQ(needed.cost_of(4), LogCost::nothing);
  EXPECT_EQ(needed.cost_of(5), LogCost::required);
  EXPECT_EQ(needed.cost_of(7), LogCost::required);
  EXPECT_EQ(needed.cost_of(8), LogCost::committed);
  EXPECT_EQ(needed.cost_of(9), LogCost::committed);
  EXPECT_EQ(needed.cost_of(10), LogCost::nothing);
}

TEST(NeededLogs, AnOlderHeaderKnowsNoCommittedLogs) {
  NeededLogs needed;
  needed.add(needing(5, 7, 0));
  EXPECT_EQ(needed.max_committed(), 7);
  EXPECT_EQ(needed.cost_of(8), LogCost::nothing);
}

TEST(NeededLogs, SeveralDatabasesAreTakenTogether) {
  NeededLogs needed;
  needed.add(needing(5, 6, 6));
  needed.add(needing(0, 0, 0));  // does not say which
  needed.add(needing(3, 4, 9));
  EXPECT_EQ(needed.min_required(), 3);
  EXPECT_EQ(needed.max_required(), 6);
  EXPECT_EQ(needed.max_committed(), 9);
}

TEST(NeededLogs, MissingOnesComeInAsFewPiecesAsCanBe) {
  NeededLogs needed;
  needed.add(needing(3, 8, 12));
  EXPECT_THAT(needed.missing({}), ElementsAre(required(3, 8), committed(9, 12)));
  EXPECT_THAT(needed.missing({3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), IsEmpty());
  // In any order, twice, and beside the range.
  EXPECT_THAT(needed.missing({12, 5, 1, 5, 40, 8}),
              ElementsAre(required(3, 4), required(6, 7), committed(9, 11)));
  EXPECT_THAT(needed.missing({3, 8, 9}), ElementsAre(required(4, 7), committed(10, 12)));
}

TEST(NeededLogs, ARangeOfAnySizeCostsWhatIsThere) {
  NeededLogs needed;
  needed.add(needing(1, 0x7FFFFFFF, 0xFFFFFFFF));
  EXPECT_THAT(needed.missing({5, 6}), ElementsAre(required(1, 4), required(7, 0x7FFFFFFF),
                                                  committed(0x80000000, 0xFFFFFFFF)));
}

TEST(NeededLogs, ADatabaseThatDoesNotSayWhichMissesNone) {
  NeededLogs needed;
  needed.add(needing(0, 0, 0));
  EXPECT_TRUE(needed.any());
  EXPECT_THAT(needed.missing({}), IsEmpty());
}

}  // namespace
}  // namespace tintype
