// Passes under limits: as slow as they should be, the same bytes, and never deaf meanwhile.
#include "engine/monitor/rate_limits.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>

#include "engine/flow/copy_flow.h"
#include "engine/pipeline/conductor.h"
#include "engine/pipeline/serial_pass.h"
#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/sim_queue.h"
#include "support/temp_dir.h"
#include "tests/engine/pipeline/inline_executor.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::must;
using test::ok;

constexpr std::uint32_t kChunk = 64 * 1024;
constexpr std::uint64_t kVolumeBytes = 64 * kChunk;  // 4 MiB
const PassTick kGoOn = [](const PassCounters&) { return true; };

enum class Runner : std::uint8_t { serial, threads, automatic, simulated };

// A flow whose computing takes its time.
class SlowToCompute final : public BlockFlow {
 public:
  explicit SlowToCompute(BlockFlow& flow) : flow_(flow) {}
  FlowShape shape() const override { return flow_.shape(); }
  std::unique_ptr<Block> make_block() const override { return flow_.make_block(); }
  std::unique_ptr<Block> make_read_back_block() const override {
    return flow_.make_read_back_block();
  }
  bool next(Block& block) override { return flow_.next(block); }
  void before_process(Block& block, const Pressure& pressure) override {
    flow_.before_process(block, pressure);
  }
  void process(Block& block) const noexcept override {
    std::this_thread::sleep_for(5ms);
    flow_.process(block);
  }
  Result<void> place(Block& block) override { return flow_.place(block); }
  void retire(Block& block) override { flow_.retire(block); }
  bool next_read_back(Block& block) override { return flow_.next_read_back(block); }
  void process_read_back(Block& block) const noexcept override { flow_.process_read_back(block); }
  Result<void> finish_read_back(Block& block) override { return flow_.finish_read_back(block); }

 private:
  BlockFlow& flow_;
};

class RateLimited : public testing::TestWithParam<Runner> {
 protected:
  void SetUp() override {
    content_ = test::random_bytes(kVolumeBytes);
    test::write_file(dir_ / "volume", content_);
    volume_ = must(open_raw_volume(dir_ / "volume"));
  }

  // Copies the volume; the seconds it took.
  Result<PassCounters> copy(const PassTick& tick = kGoOn) {
    std::filesystem::remove(dir_ / "target");
    const File target = must(File::create(dir_ / "target", Caching::direct_if_possible));
    EXPECT_TRUE(ok(target.set_size(kVolumeBytes)));
    const ExtentList whole{{0, kVolumeBytes}};
    CapturePlan plan(kVolumeBytes, kChunk, whole, whole);
    InlineChecks checks;
    TargetWriter writer(target, true, read_back_);
    CopyFlow flow(*volume_, plan, checks, &writer);
    SlowToCompute slow(flow);
    const auto started = Clock::now();
    auto counters = slow_to_compute_ ? run(slow, tick) : run(flow, tick);
    seconds_ = std::chrono::duration<double>(Clock::now() - started).count();
    return counters;
  }

  Result<PassCounters> run(BlockFlow& flow, const PassTick& tick) {
    if (GetParam() == Runner::serial) return run_serially(flow, tick, &rates_);
    ConductorLimits limits = conductor_limits(4, 2);
    limits.rates = &rates_;
    if (GetParam() == Runner::simulated) {
      test::SimQueue queue(7, {.in_flight_max = limits.operations_max(), .short_percent = 0});
      test::InlineExecutor executor;
      return run_conducted(flow, queue, executor, limits, tick);
    }
    const auto opened =
        open_queue(GetParam() == Runner::threads ? QueueEngine::threads : QueueEngine::automatic,
                   limits.operations_max());
    const auto executor = make_executor(2);
    return run_conducted(flow, *opened->queue, *executor, limits, tick);
  }

  test::TempDir dir_;
  std::vector<std::byte> content_;
  std::unique_ptr<Volume> volume_;
  RateLimits rates_;
  bool slow_to_compute_ = false;
  bool read_back_ = true;
  double seconds_ = 0;
};

std::string name_of(const testing::TestParamInfo<Runner>& info) {
  constexpr std::array kNames{"serial", "threads", "automatic", "simulated"};
  return kNames[static_cast<std::size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(, RateLimited,
                         testing::Values(Runner::serial, Runner::threads, Runner::automatic,
                                         Runner::simulated),
                         name_of);

TEST_P(RateLimited, TooFewCoresAreNamedAsSuch) {
  slow_to_compute_ = true;
  const auto counters = copy();
  ASSERT_TRUE(ok(counters));
  // (The simulated queue runs its tasks on the conductor's thread, and so hides them.)
  if (GetParam() == Runner::simulated) return;
  EXPECT_EQ(counters->times.limiting(), Stage::compute);
}

TEST_P(RateLimited, TakesItsTimeAndCopiesTheSame) {
  read_back_ = false;  // the serial pass would save up for its next write meanwhile
  for (const bool reads : {true, false}) {
    rates_.read_bytes_per_second = reads ? 4 << 20 : 0;
    rates_.write_bytes_per_second = reads ? 0 : 4 << 20;
    const auto counters = copy();
    ASSERT_TRUE(ok(counters));
    EXPECT_GE(seconds_, 0.996) << "4 MiB at 4 MiB/s";
    EXPECT_EQ(counters->times.limiting(), reads ? Stage::read_limit : Stage::write_limit);
    EXPECT_EQ(test::read_file(dir_ / "target"), content_);
  }
}

TEST_P(RateLimited, BothLimitsHoldAtOnce) {
  rates_.read_bytes_per_second = 32 << 20;
  rates_.write_bytes_per_second = 16 << 20;
  ASSERT_TRUE(ok(copy()));
  EXPECT_GE(seconds_, 0.249);
  EXPECT_EQ(test::read_file(dir_ / "target"), content_);
}

TEST_P(RateLimited, ALimitIsLiftedWhileItHoldsThePassBack) {
  rates_.read_bytes_per_second = 1;  // 64 KiB a day
  std::jthread later([this] {
    std::this_thread::sleep_for(200ms);
    rates_.read_bytes_per_second = 0;
  });
  ASSERT_TRUE(ok(copy()));
  EXPECT_GE(seconds_, 0.199);
  EXPECT_LT(seconds_, 60);
  EXPECT_EQ(test::read_file(dir_ / "target"), content_);
}

TEST_P(RateLimited, APassThatIsHeldBackCanBeStopped) {
  rates_.read_bytes_per_second = 1;
  const auto started = Clock::now();
  const auto counters = copy([&](const PassCounters&) { return Clock::now() < started + 150ms; });
  ASSERT_FALSE(counters);
  EXPECT_EQ(counters.error().code, std::errc::operation_canceled);
  EXPECT_LT(seconds_, 60);
}

}  // namespace
}  // namespace tintype
