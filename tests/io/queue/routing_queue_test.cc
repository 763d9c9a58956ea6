#include "io/queue/routing_queue.h"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/thread_reader.h"
#include "tests/io/queue/queue_fixture.h"

namespace tintype {
namespace {

using test::must;

class RoutingQueue : public ::testing::TestWithParam<QueueEngine> {
 protected:
  void SetUp() override {
    content_ = test::random_bytes(1 << 20);
    test::write_file(dir_ / "source", content_);
    source_ = must(File::open_source(dir_ / "source", Caching::direct_if_possible));
    target_ = must(File::create(dir_ / "target", Caching::direct_if_possible));
  }
  static std::unique_ptr<AsyncQueue> open(unsigned in_flight_max) {
    auto opened = open_queue(GetParam(), in_flight_max);
    return opened ? std::move(opened->queue) : nullptr;
  }

  test::TempDir dir_;
  std::vector<std::byte> content_;
  File source_, target_;
};

INSTANTIATE_TEST_SUITE_P(, RoutingQueue,
                         ::testing::Values(QueueEngine::io_uring, QueueEngine::threads),
                         [](const auto& instance) {
                           return instance.param == QueueEngine::threads ? "threads" : "uring";
                         });

TEST_P(RoutingQueue, RemoteReadsBringWhatStandsThere) {
  for (const unsigned depth : {1u, 2u, 64u}) {
    const auto queue = open(depth);
    if (queue == nullptr) GTEST_SKIP() << "io_uring is not allowed here";
    test::ThreadReader reader(source_);
    const File remote = reader.remote();
    for (const std::size_t completions_max : {1u, 64u, 200u}) {
      AlignedBuffer buffer(content_.size());
      test::stream(*queue, IoKind::read, remote, buffer.bytes(), 16 << 10, completions_max);
      ASSERT_TRUE(std::ranges::equal(buffer.bytes(), content_)) << depth;
    }
  }
}

// What a pass does: reads from afar, writes here, reads back from here.
TEST_P(RoutingQueue, RemoteReadsAndLocalOperationsShareTheQueue) {
  constexpr std::size_t kBlockBytes = 16 << 10;
  const std::size_t blocks = content_.size() / kBlockBytes;
  for (const std::size_t completions_max : {1u, 3u, 20u}) {
    const auto queue = open(8);
    if (queue == nullptr) GTEST_SKIP() << "io_uring is not allowed here";
    test::ThreadReader reader(source_);
    const File remote = reader.remote();
    AlignedBuffer buffer(content_.size());
    std::vector<IoCompletion> completions(completions_max);
    std::size_t submitted = 0, in_flight = 0, written = 0;
    const auto submit = [&](IoKind kind, std::size_t block) {
      queue->submit({.kind = kind,
                     .file = kind == IoKind::read ? &remote : &target_,
                     .offset = block * kBlockBytes,
                     .bytes = buffer.bytes().subspan(block * kBlockBytes, kBlockBytes),
                     .tag = block});
    };
    while (written < blocks) {
      for (; submitted < blocks && in_flight < 8; ++in_flight) submit(IoKind::read, submitted++);
      const std::size_t count = queue->wait(completions);
      ASSERT_GT(count, 0u);
      for (const IoCompletion& completion : std::span(completions).first(count)) {
        ASSERT_NE(completion.kind, IoKind::wake) << "nobody called wake()";
        ASSERT_EQ(completion.result, static_cast<std::int32_t>(kBlockBytes));
        if (completion.kind == IoKind::read) {
          submit(IoKind::write, completion.tag);
        } else {
          ++written;
          --in_flight;
        }
      }
    }
    AlignedBuffer back(content_.size());
    ASSERT_EQ(must(target_.read_at(0, back.bytes())), content_.size());
    EXPECT_TRUE(std::ranges::equal(back.bytes(), content_));
  }
}

TEST_P(RoutingQueue, NoWakeIsLostAmongRemoteReads) {
  const auto queue = open(8);
  if (queue == nullptr) GTEST_SKIP() << "io_uring is not allowed here";
  test::ThreadReader reader(source_);
  const File remote = reader.remote();
  AlignedBuffer buffer(8 * 4096);
  constexpr std::uint64_t kRounds = 2000;
  std::atomic<std::uint64_t> asked = 0, answered = 0;
  const std::jthread waker([&] {
    for (std::uint64_t i = 1; i <= kRounds; ++i) {
      asked = i;
      queue->wake();
      while (answered < i) std::this_thread::yield();
    }
  });
  std::vector<std::uint64_t> idle = {0, 1, 2, 3, 4, 5, 6, 7};
  std::array<IoCompletion, 3> completions;
  while (answered < kRounds || idle.size() < 8) {
    for (; !idle.empty() && answered < kRounds; idle.pop_back())
      queue->submit({.file = &remote,
                     .offset = idle.back() * 4096,
                     .bytes = buffer.bytes().subspan(idle.back() * 4096, 4096),
                     .tag = idle.back()});
    for (const IoCompletion& completion : std::span(completions).first(queue->wait(completions))) {
      if (completion.kind == IoKind::wake)
        answered = asked.load();
      else
        idle.push_back(completion.tag);
    }
  }
}

TEST_P(RoutingQueue, ErrorsEndsAndMisuseAreThoseOfEveryQueue) {
  const auto queue = open(4);
  if (queue == nullptr) GTEST_SKIP() << "io_uring is not allowed here";
  test::ThreadReader reader(source_);
  const File closed;
  const File remote = reader.remote();
  test::ThreadReader broken(closed);
  const File lost = broken.remote();
  AlignedBuffer buffer(4 * 4096);
  const auto piece = [&](std::size_t i) { return buffer.bytes().subspan(i * 4096, 4096); };
  queue->submit({.kind = IoKind::write, .file = &remote, .bytes = piece(0), .tag = 0});
  queue->submit({.file = &remote, .offset = content_.size(), .bytes = piece(1), .tag = 1});
  queue->submit({.file = &lost, .bytes = piece(2), .tag = 2});
  queue->submit({.file = &remote, .bytes = piece(3), .tag = 3});
  std::map<std::uint64_t, std::int32_t> results;
  std::array<IoCompletion, 4> completions;
  while (results.size() < 4)
    for (const IoCompletion& completion : std::span(completions).first(queue->wait(completions)))
      results[completion.tag] = completion.result;
  EXPECT_EQ(results[0], -EBADF) << "a remote file cannot be written";
  EXPECT_EQ(results[1], 0);
  EXPECT_EQ(results[2], -EBADF);
  EXPECT_EQ(results[3], 4096);
}

TEST_P(RoutingQueue, TheDestructorWaitsForRemoteReads) {
  test::ThreadReader reader(source_);
  const File remote = reader.remote();
  AlignedBuffer buffer(64 * 4096);
  {
    const auto queue = open(64);
    if (queue == nullptr) GTEST_SKIP() << "io_uring is not allowed here";
    for (std::size_t i = 0; i < 64; ++i)
      queue->submit({.file = &remote,
                     .offset = i * 4096,
                     .bytes = buffer.bytes().subspan(i * 4096, 4096),
                     .tag = i});
  }
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), std::span(content_).first(64 * 4096)));
}

TEST(RemoteFile, ReadsLikeALocalOneAndIsClosedByMoving) {
  test::TempDir dir;
  const auto content = test::random_bytes(10'000);
  test::write_file(dir / "source", content);
  const File source = must(File::open_source(dir / "source", Caching::page_cache));
  test::ThreadReader reader(source);
  File remote = reader.remote();
  std::vector<std::byte> back(20'000);
  EXPECT_EQ(must(remote.read_at(0, back)), content.size());
  back.resize(content.size());
  EXPECT_EQ(back, content);
  EXPECT_FALSE(remote.is_same_file_as(source));
  const File moved = std::move(remote);
  EXPECT_TRUE(moved.is_open());
  EXPECT_FALSE(remote.is_open());  // NOLINT: that is the question
}

}  // namespace
}  // namespace tintype
