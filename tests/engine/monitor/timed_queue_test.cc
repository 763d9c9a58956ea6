#include "engine/monitor/timed_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "io/aligned_buffer.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

// A queue whose requests take as long as the test wants, and that moves nothing.
class SlowQueue final : public AsyncQueue {
 public:
  void submit(const IoRequest& request) override {
    completions_.push_back(
        {request.kind, static_cast<std::int32_t>(request.bytes.size()), request.tag});
  }
  std::size_t wait_until(std::span<IoCompletion> completions, Deadline) override {
    std::this_thread::sleep_for(latency);
    if (completions_.empty()) return 0;
    completions[0] = completions_.front();
    completions_.erase(completions_.begin());
    return 1;
  }
  void wake() noexcept override { completions_.push_back({}); }
  [[nodiscard]] unsigned in_flight_max() const noexcept override { return 4; }
  [[nodiscard]] std::string_view name() const noexcept override { return "slow"; }

  std::chrono::milliseconds latency{0};

 private:
  std::vector<IoCompletion> completions_;
};

TEST(TimedQueue, TellsReadsWritesAndReadBacksApart) {
  SlowQueue slow;
  TimedQueue queue(slow);
  const File source, target;
  std::vector<std::byte> bytes(16);
  std::vector<IoCompletion> done(5);
  const auto run = [&](IoKind kind, const File& file) {
    queue.submit({kind, &file, 0, bytes, 3});
    ASSERT_EQ(queue.wait(done), 1u);
    EXPECT_EQ(done[0].tag, 3u);
    EXPECT_EQ(done[0].kind, kind);
    EXPECT_EQ(done[0].result, 16);
  };
  run(IoKind::read, source);
  run(IoKind::read, target);  // not written to yet: a source like any other
  run(IoKind::write, target);
  run(IoKind::read, target);
  run(IoKind::read, source);
  EXPECT_EQ(queue.latencies().reads.count(), 3u);
  EXPECT_EQ(queue.latencies().writes.count(), 1u);
  EXPECT_EQ(queue.latencies().read_backs.count(), 1u);
}

TEST(TimedQueue, TakesTheTimeOfEachRequestAndNotOfWakes) {
  SlowQueue slow;
  slow.latency = std::chrono::milliseconds(20);
  TimedQueue queue(slow);
  const File file;
  std::vector<std::byte> bytes(16);
  std::vector<IoCompletion> done(5);
  queue.submit({IoKind::read, &file, 0, bytes, 0});
  queue.submit({IoKind::read, &file, 0, bytes, 1});
  queue.wake();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.wait(done), 1u);
  EXPECT_EQ(queue.wait(done), 0u);  // a deadline that came
  ASSERT_EQ(queue.latencies().reads.count(), 2u);
  EXPECT_GE(queue.latencies().reads.within(0.5), 0.020);
  EXPECT_GE(queue.latencies().reads.within(1), 0.040);
}

}  // namespace
}  // namespace tintype
