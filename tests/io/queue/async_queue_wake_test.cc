// What io/queue/async_queue.h says about waking and misuse, for every queue.
#include <atomic>
#include <chrono>
#include <thread>

#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/io/queue/queue_fixture.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::make_queue;
using test::must;
using test::QueueKind;

class AsyncQueueWake : public ::testing::TestWithParam<QueueKind> {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "data", test::random_bytes(65536));
    file_ = must(File::open_source(dir_ / "data", Caching::direct_if_possible));
  }
  IoRequest read_request(std::uint64_t tag = 1) {
    return {.kind = IoKind::read,
            .file = &file_,
            .offset = 0,
            .bytes = buffer_.bytes().subspan(tag % 16 * 4096, 4096),
            .tag = tag};
  }

  test::TempDir dir_;
  File file_;
  AlignedBuffer buffer_{65536};
  std::array<IoCompletion, 8> completions_;
};
using AsyncQueueDeathTest = AsyncQueueWake;

const auto kName = [](const auto& instance) { return test::to_string(instance.param); };
INSTANTIATE_TEST_SUITE_P(, AsyncQueueWake, ::testing::ValuesIn(test::kQueueKinds), kName);
INSTANTIATE_TEST_SUITE_P(, AsyncQueueDeathTest, ::testing::ValuesIn(test::kQueueKinds), kName);

TEST_P(AsyncQueueWake, ManyWakesBeforeAWaitAreOneCompletion) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 4);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) queue.wake();
    completions_[0] = {.kind = IoKind::read, .result = 7, .tag = 7};
    ASSERT_EQ(queue.wait(completions_), 1u);
    EXPECT_EQ(completions_[0].kind, IoKind::wake);
    EXPECT_EQ(completions_[0].result, 0);
    EXPECT_EQ(completions_[0].tag, 0u);
    // Nothing of the ten is left: the next completion is the read's, and it comes alone.
    queue.submit(read_request());
    ASSERT_EQ(queue.wait(completions_), 1u);
    EXPECT_EQ(completions_[0].kind, IoKind::read);
    EXPECT_EQ(completions_[0].tag, 1u);
  }
}

TEST_P(AsyncQueueWake, WaitUntilReturnsEmptyHandedAtItsDeadline) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 4);
  for (const auto patience : {30ms, 1ms, 0ms, -5ms}) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    ASSERT_EQ(queue.wait_until(completions_, deadline), 0u);
    EXPECT_GE(std::chrono::steady_clock::now(), deadline);
  }
  // It has not used up the next wake, nor does the deadline come twice.
  queue.wake();
  ASSERT_EQ(queue.wait(completions_), 1u);
  EXPECT_EQ(completions_[0].kind, IoKind::wake);
}

TEST_P(AsyncQueueWake, WhatIsSubmittedBeforeADeadlineIsCarriedOut) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 16);
  for (std::uint64_t round = 0; round < 100; ++round) {
    queue.submit(read_request(round));
    const auto before = std::chrono::steady_clock::now();
    std::size_t count = 0;
    // A deadline that has passed may or may not find the read done; patience always does.
    if (round % 2 == 0) count = queue.wait_until(completions_, before);
    if (count == 0) count = queue.wait_until(completions_, before + 60s);
    ASSERT_EQ(count, 1u);
    EXPECT_EQ(completions_[0].tag, round);
    EXPECT_LT(std::chrono::steady_clock::now(), before + 30s) << "it waited out its deadline";
  }
}

TEST_P(AsyncQueueWake, WaitBlocksUntilAnotherThreadWakes) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 4);
  for (int round = 0; round < 3; ++round) {
    std::atomic<bool> about_to_wake = false;
    const std::jthread waker([&] {
      std::this_thread::sleep_for(20ms);
      about_to_wake = true;
      queue.wake();
    });
    ASSERT_EQ(queue.wait(completions_), 1u);
    EXPECT_TRUE(about_to_wake) << "wait() returned without a reason";
    EXPECT_EQ(completions_[0].kind, IoKind::wake);
  }
}

TEST_P(AsyncQueueWake, WithRoomForOneBothWakeAndReadArrive) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 4);
  queue.submit(read_request());
  queue.wake();
  int wakes = 0, reads = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(queue.wait(std::span(completions_).first(1)), 1u);
    ++(completions_[0].kind == IoKind::wake ? wakes : reads);
  }
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(reads, 1);
}

// One thread waits for the answer to each of its wakes, so a lost one would hang the test; three
// more wake as fast as they can; reads go on all the time.
TEST_P(AsyncQueueWake, NoWakeIsLostUnderLoad) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 8);
  constexpr std::uint64_t kRounds = 1000;
  std::atomic<std::uint64_t> asked = 0, answered = 0;
  std::atomic<std::uint64_t> calls = 0;
  std::vector<std::jthread> wakers;
  wakers.emplace_back([&] {
    for (std::uint64_t i = 1; i <= kRounds; ++i) {
      asked = i;
      ++calls;
      queue.wake();
      while (answered < i) std::this_thread::yield();
    }
  });
  for (int k = 0; k < 3; ++k)
    wakers.emplace_back([&] {
      while (answered < kRounds) {
        ++calls;
        queue.wake();
        std::this_thread::yield();
      }
    });

  // A failed assertion returns from here, and the threads must not wait for ever.
  struct Release {
    std::atomic<std::uint64_t>& counter;
    ~Release() { counter = kRounds; }
  } const release{answered};
  std::vector<std::uint64_t> idle = {0, 1, 2, 3, 4, 5, 6, 7};  // tags, each with its own buffer
  std::uint64_t reads = 0, wakes = 0;
  while (answered < kRounds || idle.size() < 8) {
    for (; !idle.empty() && answered < kRounds; idle.pop_back())
      queue.submit(read_request(idle.back()));
    const std::size_t count = queue.wait(completions_);
    ASSERT_GT(count, 0u);
    for (const IoCompletion& completion : std::span(completions_).first(count)) {
      if (completion.kind == IoKind::wake) {
        ++wakes;
        answered = asked.load();
      } else {
        ASSERT_GT(completion.result, 0);
        idle.push_back(completion.tag);
        ++reads;
      }
    }
  }
  wakers.clear();
  EXPECT_GT(reads, 0u);
  EXPECT_GT(wakes, 0u);
  EXPECT_LE(wakes, calls) << "a wake out of nothing";
}

TEST_P(AsyncQueueWake, AnUnusedQueueGoesQuietly) {
  TINTYPE_MAKE_QUEUE(queue, GetParam(), 64);
  EXPECT_FALSE(queue.name().empty());
}

TEST_P(AsyncQueueDeathTest, MisuseAborts) {
  if (!make_queue(GetParam(), 1)) GTEST_SKIP() << "io_uring is not allowed here";
  const auto submit = [&](unsigned depth, const std::vector<IoRequest>& requests) {
    const auto queue = make_queue(GetParam(), depth);
    for (const IoRequest& request : requests) queue->submit(request);
  };
  const auto submit_after_a_wait = [&] {
    const auto queue = make_queue(GetParam(), 2, true);
    queue->submit(read_request(1));
    queue->submit(read_request(2));
    while (queue->wait(std::span(completions_).first(1)) == 0) {
    }
    queue->submit(read_request(3));  // one came home: allowed
    queue->submit(read_request(4));
  };
  EXPECT_DEATH(submit(1, {read_request(), read_request()}), "more requests in flight");
  EXPECT_DEATH(submit_after_a_wait(), "more requests in flight");
  EXPECT_DEATH(submit(1, {{.kind = IoKind::wake, .file = &file_}}), "kind wake");
  EXPECT_DEATH(submit(1, {{.kind = IoKind::read, .file = nullptr}}), "without a file");
  EXPECT_DEATH(static_cast<void>(make_queue(GetParam(), 1)->wait({})), "without room");
  EXPECT_DEATH(static_cast<void>(make_queue(GetParam(), 0)), "depth 0");
}

}  // namespace
}  // namespace tintype
