#include "verify/page_cut.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "verify/page_runs.h"

namespace tintype {
namespace {

TEST(PageCut, CutsARunAtPageBorders) {
  const PageCut cut = PageCut::of(4096 + 512, 3 * 4096, 4096, 100);
  EXPECT_EQ(cut.head.page, 1u);
  EXPECT_EQ(cut.head.byte_offset, 512u);
  EXPECT_EQ(cut.head.bytes, 3584u);
  EXPECT_EQ(cut.first_whole, 2u);
  EXPECT_EQ(cut.whole_pages, 2u);
  EXPECT_EQ(cut.tail.page, 4u);
  EXPECT_EQ(cut.tail.bytes, 512u);
}

TEST(PageCut, RunInsideOnePageIsOnePart) {
  const PageCut inside = PageCut::of(1024, 512, 4096, 100);
  EXPECT_EQ(inside.head.bytes, 512u);
  EXPECT_EQ(inside.whole_pages + inside.tail.bytes, 0u);
  const PageCut start = PageCut::of(8192, 512, 4096, 100);
  EXPECT_EQ(start.head.bytes + start.whole_pages, 0u);
  EXPECT_EQ(start.tail.page, 2u);
  EXPECT_EQ(start.tail.bytes, 512u);
}

// Every byte of the whole pages is in exactly one part, whatever the run.
TEST(PageCut, LosesNothingAndAddsNothing) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20000; ++round) {
    const std::uint32_t page_bytes = 2048u << (random() % 5);
    const std::uint64_t pages = random() % 8;
    const std::uint64_t offset = random() % 200 * 512, length = random() % 300 * 512;
    const PageCut cut = PageCut::of(offset, length, page_bytes, pages);
    const std::uint64_t file_end = pages * page_bytes;
    const std::uint64_t expected = offset >= file_end ? 0 : std::min(length, file_end - offset);
    ASSERT_EQ(cut.head.bytes + cut.whole_pages * page_bytes + cut.tail.bytes, expected);
    std::uint64_t at = offset;
    if (cut.head.bytes != 0) {
      ASSERT_EQ(cut.head.page * page_bytes + cut.head.byte_offset, at);
      ASSERT_LT(cut.head.bytes, page_bytes);
      at += cut.head.bytes;
    }
    if (cut.whole_pages != 0) {
      ASSERT_EQ(cut.first_whole * page_bytes, at);
      at += cut.whole_pages * page_bytes;
    }
    if (cut.tail.bytes != 0) {
      ASSERT_EQ(cut.tail.page * page_bytes + cut.tail.byte_offset, at);
      ASSERT_LT(cut.tail.bytes, page_bytes);
    }
  }
}

TEST(PageTally, IsExactOnlyIfEveryPageCameOnce) {
  for (std::uint64_t pages = 0; pages < 200; ++pages) {
    PageTally tally;
    for (std::uint64_t i = pages; i-- != 0;) tally.add(i, 1);
    EXPECT_TRUE(tally.is_exactly(pages));
    EXPECT_FALSE(tally.is_exactly(pages + 1));
  }
}

TEST(PageTally, RangesAndSinglePagesAgreeAndDuplicatesShow) {
  PageTally tally;
  tally.add(1000, 500);
  tally.add(0, 1000);
  tally.add(1500, std::uint64_t{1} << 40);
  EXPECT_TRUE(tally.is_exactly(1500 + (std::uint64_t{1} << 40)));

  PageTally twice;  // 0 1 2 2 4: as many as 0 … 4
  for (const std::uint64_t page : {0, 1, 2, 2, 4}) twice.add(page, 1);
  EXPECT_EQ(twice.seen(), 5u);
  EXPECT_FALSE(twice.is_exactly(5));
  PageTally two_pairs;  // 0 2 2 2 4: the sum is that of 0 … 4 as well
  for (const std::uint64_t page : {0, 2, 2, 2, 4}) two_pairs.add(page, 1);
  EXPECT_FALSE(two_pairs.is_exactly(5));
}

TEST(PageRuns, NeighboursBecomeOneRunInAnyOrder) {
  std::vector<std::uint64_t> pages = {1, 2, 3, 7, 8, 20};
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    std::shuffle(pages.begin(), pages.end(), random);
    PageRuns runs;
    for (const std::uint64_t page : pages) runs.add(page, 1);
    EXPECT_EQ(runs.runs(), (std::map<std::uint64_t, std::uint64_t>{{1, 3}, {7, 2}, {20, 1}}));
  }
}

TEST(PageRuns, AreBounded) {
  PageRuns runs;
  for (std::uint64_t i = 0; i < PageRuns::kRunsMax + 10; ++i) runs.add(2 * i, 1);
  EXPECT_EQ(runs.runs().size(), PageRuns::kRunsMax);
  EXPECT_EQ(runs.runs_dropped(), 10u);
}

}  // namespace
}  // namespace tintype
