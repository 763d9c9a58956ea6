// The simulated queue itself: a test double that is wrong would make every test above it so.
#include "support/sim_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "io/aligned_buffer.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using test::SimFault;
using test::SimOptions;
using test::SimQueue;

constexpr std::size_t kBlocks = 16;
constexpr std::size_t kBlockBytes = 8192;

class SimQueueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "data", content_);
    file_ = must(File::open_target(dir_ / "data", Caching::page_cache));
  }

  // Submits one request a block, then gathers all completions in their order.
  std::vector<IoCompletion> run(SimQueue& queue, IoKind kind = IoKind::read) {
    for (std::size_t i = 0; i < kBlocks; ++i)
      queue.submit({.kind = kind,
                    .file = &file_,
                    .offset = i * kBlockBytes,
                    .bytes = buffer_.bytes().subspan(i * kBlockBytes, kBlockBytes),
                    .tag = i});
    std::vector<IoCompletion> all;
    std::array<IoCompletion, 5> some;
    while (all.size() < kBlocks) {
      const std::size_t count = queue.wait(some);
      all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }
  static std::vector<std::pair<std::uint64_t, std::int32_t>> summary(
      const std::vector<IoCompletion>& completions) {
    std::vector<std::pair<std::uint64_t, std::int32_t>> pairs;
    for (const IoCompletion& completion : completions)
      pairs.emplace_back(completion.tag, completion.result);
    return pairs;
  }
  static std::map<std::uint64_t, std::int32_t> by_tag(
      const std::vector<IoCompletion>& completions) {
    std::map<std::uint64_t, std::int32_t> results;
    for (const IoCompletion& completion : completions) results[completion.tag] = completion.result;
    return results;
  }

  test::TempDir dir_;
  std::vector<std::byte> content_ = test::random_bytes(kBlocks * kBlockBytes);
  AlignedBuffer buffer_{kBlocks * kBlockBytes};
  File file_;
};

TEST_F(SimQueueTest, TheSameSeedGivesTheSameRunAndOthersDiffer) {
  std::set<std::vector<std::pair<std::uint64_t, std::int32_t>>> runs;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SimQueue first(seed), second(seed);
    const auto run_of_first = summary(run(first));
    EXPECT_EQ(run_of_first, summary(run(second)));
    runs.insert(run_of_first);
  }
  EXPECT_EQ(runs.size(), 20u);
}

TEST_F(SimQueueTest, TransfersAreCutShortInWholeSectors) {
  unsigned shorts = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    SimQueue queue(seed, {.short_percent = 50});
    for (const auto& [tag, result] : by_tag(run(queue))) {
      ASSERT_GE(result, 512);
      ASSERT_LE(result, static_cast<std::int32_t>(kBlockBytes));
      ASSERT_EQ(result % 512, 0);
      shorts += result < static_cast<std::int32_t>(kBlockBytes);
      const auto block = buffer_.bytes().subspan(tag * kBlockBytes, kBlockBytes);
      const auto moved = static_cast<std::size_t>(result);
      EXPECT_TRUE(std::ranges::equal(block.first(moved),
                                     std::span(content_).subspan(tag * kBlockBytes, moved)));
      // What a short read did not bring is not what the file holds.
      EXPECT_EQ(std::ranges::count(block.subspan(moved), std::byte{0xDB}),
                static_cast<std::ptrdiff_t>(kBlockBytes - moved));
    }
  }
  EXPECT_GT(shorts, 40u);
  EXPECT_LT(shorts, 120u);

  SimQueue exact(1, {.short_percent = 0});
  for (const IoCompletion& completion : run(exact))
    EXPECT_EQ(completion.result, static_cast<std::int32_t>(kBlockBytes));
}

TEST_F(SimQueueTest, AFaultFailsEveryOverlappingRequestOfItsKind) {
  const File other = must(File::open_source(dir_ / "data", Caching::page_cache));
  const SimOptions options = {
      .short_percent = 0,
      .faults = {
          {.range = {2 * kBlockBytes - 1, 2}, .error_number = EIO},  // last byte of 1, first of 2
          {.file = &file_, .range = {5 * kBlockBytes, 1}, .error_number = ETIMEDOUT},
          {.file = &other, .range = {0, ~std::uint64_t{0}}, .error_number = EIO},
          {.range = {0, kBlockBytes}, .error_number = ENOSPC, .kind = IoKind::write},
      }};
  SimQueue queue(1, options);
  auto reads = by_tag(run(queue));
  EXPECT_EQ(reads[1], -EIO);
  EXPECT_EQ(reads[2], -EIO);
  EXPECT_EQ(reads[5], -ETIMEDOUT);
  for (const std::uint64_t tag : {0, 3, 4, 6, 15})
    EXPECT_EQ(reads[tag], static_cast<std::int32_t>(kBlockBytes)) << tag;

  std::ranges::fill(buffer_.bytes(), std::byte{7});
  auto writes = by_tag(run(queue, IoKind::write));
  EXPECT_EQ(writes[0], -ENOSPC);
  EXPECT_EQ(writes[1], static_cast<std::int32_t>(kBlockBytes));
  const auto written = test::read_file(dir_ / "data");
  EXPECT_TRUE(std::ranges::equal(std::span(written).first(kBlockBytes),
                                 std::span(content_).first(kBlockBytes)))
      << "a failed write moves nothing";
  EXPECT_EQ(std::ranges::count(written, std::byte{7}) >= 15 * 8192, true);
}

TEST_F(SimQueueTest, TheNthRequestFails) {
  for (std::uint64_t n = 1; n <= kBlocks + 1; ++n) {
    SimQueue queue(n, {.fail_operation = n, .fail_error_number = ENOSPC});
    for (const auto& [tag, result] : by_tag(run(queue))) EXPECT_EQ(result < 0, tag == n - 1) << tag;
    EXPECT_EQ(queue.operations(), kBlocks);
  }
}

TEST_F(SimQueueTest, TheObserverSeesEveryRequestAsItIsCarriedOut) {
  std::vector<std::pair<std::uint64_t, std::int32_t>> seen;
  SimQueue queue(3, {.observer = [&](const IoRequest& request, std::int32_t result) {
                   EXPECT_EQ(request.file, &file_);
                   seen.emplace_back(request.tag, result);
                 }});
  EXPECT_EQ(seen.size(), 0u);
  const auto completed = summary(run(queue));
  EXPECT_EQ(seen, completed);
}

// Nothing is done early: a buffer that is used again too soon shows.
TEST_F(SimQueueTest, AWriteTakesItsBytesOnlyWhenItCompletes) {
  SimQueue queue(1, {.short_percent = 0});
  const auto bytes = buffer_.bytes().first(4096);
  std::ranges::fill(bytes, std::byte{1});
  queue.submit({.kind = IoKind::write, .file = &file_, .offset = 0, .bytes = bytes});
  std::ranges::fill(bytes, std::byte{2});
  std::array<IoCompletion, 1> completion;
  ASSERT_EQ(queue.wait(completion), 1u);
  EXPECT_EQ(test::read_file(dir_ / "data")[0], std::byte{2});
}

}  // namespace
}  // namespace tintype
