// Whose buffer is whose: blocks keep or give back the spare buffer that process() is lent, in any
// order of transfers and with several workers, and none ever finds another's bytes in its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "engine/pipeline/conductor.h"
#include "engine/pipeline/serial_pass.h"
#include "support/expect_ok.h"
#include "support/sim_queue.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using test::ok;

constexpr std::size_t kBytes = 16384;
constexpr std::uint64_t kBlocks = 300;
const PassTick kGoOn = [](const PassCounters&) { return true; };

std::byte mark_of(const Block& block) {
  return static_cast<std::byte>(block.sequence % 251 + 1);
}

// Reads a block of zeros, marks it as its own, and writes it to its place.
class MarkingFlow final : public BlockFlow {
 public:
  MarkingFlow(const File& file, bool spare) : file_(file), spare_(spare) {}

  FlowShape shape() const override { return {.buffer_bytes = kBytes, .spare = spare_}; }
  std::unique_ptr<Block> make_block() const override { return std::make_unique<Block>(); }

  bool next(Block& block) override {
    if (block.sequence == kBlocks) return false;
    block.reads.push_back({&file_, block.sequence * kBytes, 0, kBytes});
    return true;
  }

  void process(Block& block) const noexcept override {
    const auto zeros = [](std::byte byte) { return byte == std::byte{}; };
    faults_ += !std::ranges::all_of(block.buffer, zeros);
    faults_ += block.spare.size() != (spare_ ? kBytes : 0);
    if (spare_) std::ranges::fill(block.spare, mark_of(block));
    std::this_thread::yield();  // time for another worker to write where it should not
    if (spare_ && block.sequence % 3 != 0)
      block.keep_spare();
    else
      std::ranges::fill(block.buffer, mark_of(block));
  }

  Result<void> place(Block& block) override {
    faults_ += !block.spare.empty();
    check(block);
    block.write = {&file_, block.sequence * kBytes, block.buffer};
    return {};
  }

  void retire(Block& block) override { check(block); }

  // Blocks that found what they should not.
  [[nodiscard]] int faults() const { return faults_; }

 private:
  void check(const Block& block) const {
    faults_ +=
        !std::ranges::all_of(block.buffer, [&](std::byte byte) { return byte == mark_of(block); });
  }

  const File& file_;
  const bool spare_;
  mutable std::atomic<int> faults_{0};
};

class BlockBuffers : public testing::TestWithParam<bool> {
 protected:
  File zeros(const std::string& name) {
    File file = must(File::create(dir_ / name, Caching::direct_if_possible));
    must(file.set_size(kBlocks * kBytes));
    return file;
  }

  void expect_marked(const std::string& name) {
    const auto content = test::read_file(dir_ / name);
    ASSERT_EQ(content.size(), kBlocks * kBytes);
    for (std::size_t at = 0; at < content.size(); ++at)
      ASSERT_EQ(content[at], static_cast<std::byte>(at / kBytes % 251 + 1)) << "offset " << at;
  }

  test::TempDir dir_;
};

TEST_P(BlockBuffers, NoBlockFindsAnothersBytes) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const auto workers = static_cast<unsigned>(1 + seed % 4);
    const auto limits = conductor_limits(static_cast<unsigned>(1 + seed), workers);
    const std::string name = "file" + std::to_string(seed);
    const File file = zeros(name);
    MarkingFlow flow(file, GetParam());
    test::SimOptions options;
    options.in_flight_max = limits.operations_max();
    test::SimQueue queue(seed, options);
    const auto executor = make_executor(workers);
    ASSERT_TRUE(ok(run_conducted(flow, queue, *executor, limits, kGoOn)));
    EXPECT_EQ(flow.faults(), 0) << "seed " << seed;
    expect_marked(name);
  }
}

TEST_P(BlockBuffers, NorTheOneBlockOfTheSerialTwin) {
  const File file = zeros("file");
  MarkingFlow flow(file, GetParam());
  ASSERT_TRUE(ok(run_serially(flow, kGoOn)));
  EXPECT_EQ(flow.faults(), 0);
  expect_marked("file");
}

INSTANTIATE_TEST_SUITE_P(Spare, BlockBuffers, testing::Bool(),
                         [](const auto& of) { return of.param ? "With" : "Without"; });

}  // namespace
}  // namespace tintype
