// What io/queue/async_queue.h says about reads and writes, for every queue on every kind of medium.
// async_queue_wake_test.cc has the rest: waking, threads, misuse.
#include <gmock/gmock.h>
#include <sys/time.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <thread>
#include <tuple>

#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/io/queue/queue_fixture.h"

namespace tintype {
namespace {

using test::make_queue;
using test::must;
using test::ok;
using test::QueueKind;
using test::stream;

constexpr std::size_t kDataBytes = 1 << 20;
constexpr std::size_t kBlockBytes = 16 << 10;

enum class Medium : std::uint8_t { file_direct, file_cached, device };

std::string to_string(Medium medium) {
  constexpr std::array<const char*, 3> kNames = {"file_direct", "file_cached", "device"};
  return kNames[static_cast<std::size_t>(medium)];
}

class AsyncQueueContract : public ::testing::TestWithParam<std::tuple<QueueKind, Medium>> {
 protected:
  static QueueKind queue_kind() { return std::get<0>(GetParam()); }
  static bool on_device() { return std::get<1>(GetParam()) == Medium::device; }
  static Caching caching() {
    return std::get<1>(GetParam()) == Medium::file_cached ? Caching::page_cache
                                                          : Caching::direct_if_possible;
  }

  void SetUp() override {
    content_ = test::random_bytes(kDataBytes);
    test::write_file(dir_ / "source", content_);
    test::write_file(dir_ / "target", std::vector<std::byte>(kDataBytes));
    std::string source_path = dir_ / "source", target_path = dir_ / "target";
    if (on_device()) {
      for (std::string* path : {&source_path, &target_path}) {
        auto loop = test::LoopDevice::attach(*path);
        if (!loop) GTEST_SKIP() << loop.error();
        *path = loops_.emplace_back(*std::move(loop)).path();
      }
    }
    source_ = must(File::open_source(source_path, caching()));
    target_ = must(File::open_target(target_path, caching()));
  }

  test::TempDir dir_;
  std::vector<test::LoopDevice> loops_;
  std::vector<std::byte> content_;
  File source_;  // content_
  File target_;  // as long, zeros
};

using AsyncQueueOnDevice = AsyncQueueContract;

const auto kName = [](const auto& instance) {
  return test::to_string(std::get<0>(instance.param)) + "_" +
         to_string(std::get<1>(instance.param));
};
const auto kKinds = ::testing::ValuesIn(test::kQueueKinds);
INSTANTIATE_TEST_SUITE_P(, AsyncQueueContract,
                         ::testing::Combine(kKinds,
                                            ::testing::Values(Medium::file_direct,
                                                              Medium::file_cached, Medium::device)),
                         kName);
INSTANTIATE_TEST_SUITE_P(, AsyncQueueOnDevice,
                         ::testing::Combine(kKinds, ::testing::Values(Medium::device)), kName);

TEST_P(AsyncQueueContract, ReadsBringWhatStandsThere) {
  for (const unsigned depth : {1u, 2u, 64u}) {
    TINTYPE_MAKE_QUEUE(queue, queue_kind(), depth);
    EXPECT_EQ(queue.in_flight_max(), depth);
    for (const std::size_t completions_max : {1u, 64u, 200u}) {
      AlignedBuffer buffer(kDataBytes);
      stream(queue, IoKind::read, source_, buffer.bytes(), kBlockBytes, completions_max);
      ASSERT_TRUE(std::ranges::equal(buffer.bytes(), content_)) << "depth " << depth;
    }
  }
}

TEST_P(AsyncQueueContract, WritesArriveWhereTheyWereAimed) {
  for (const unsigned depth : {1u, 2u, 64u}) {
    TINTYPE_MAKE_QUEUE(queue, queue_kind(), depth);
    AlignedBuffer buffer(kDataBytes);
    std::ranges::copy(test::random_bytes(kDataBytes, depth), buffer.bytes().begin());
    stream(queue, IoKind::write, target_, buffer.bytes(), kBlockBytes);
    AlignedBuffer back(kDataBytes);
    ASSERT_EQ(must(target_.read_at(0, back.bytes())), kDataBytes);
    ASSERT_TRUE(std::ranges::equal(back.bytes(), buffer.bytes())) << "depth " << depth;
  }
}

// Reads and writes of several files share the queue; a block is written as soon as it was read.
TEST_P(AsyncQueueContract, ReadsAndWritesMix) {
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 8, true);
  constexpr unsigned kBlocks = kDataBytes / kBlockBytes;
  AlignedBuffer buffer(kDataBytes);
  const auto request = [&](IoKind kind, std::uint64_t block) {
    return IoRequest{.kind = kind,
                     .file = kind == IoKind::read ? &source_ : &target_,
                     .offset = block * kBlockBytes,
                     .bytes = buffer.bytes().subspan(block * kBlockBytes, kBlockBytes),
                     .tag = block};
  };
  std::vector<IoCompletion> completions(3);
  unsigned submitted = 0, in_flight = 0, written = 0;
  while (written < kBlocks) {
    for (; submitted < kBlocks && in_flight < 8; ++in_flight)
      queue.submit(request(IoKind::read, submitted++));
    const std::size_t count = queue.wait(completions);
    for (const IoCompletion& completion : std::span(completions).first(count)) {
      ASSERT_EQ(completion.result, static_cast<std::int32_t>(kBlockBytes));
      if (completion.kind == IoKind::read) {
        queue.submit(request(IoKind::write, completion.tag));
      } else {
        ++written;
        --in_flight;
      }
    }
  }
  AlignedBuffer back(kDataBytes);
  ASSERT_EQ(must(target_.read_at(0, back.bytes())), kDataBytes);
  EXPECT_TRUE(std::ranges::equal(back.bytes(), content_));
}

TEST_P(AsyncQueueContract, AReadAtTheEndIsShortAndPastItNothing) {
  std::uint64_t size_bytes = kDataBytes;
  if (!on_device()) {
    // Unaligned: 777 in its sector.
    std::filesystem::resize_file(dir_ / "source", kDataBytes - 3319);
    size_bytes = kDataBytes - 3319;
  }
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 4, true);
  constexpr std::size_t kReadBytes = 16384;
  AlignedBuffer buffer(3 * kReadBytes);
  const std::uint64_t last_page = kDataBytes - 4096;
  std::map<std::uint64_t, std::int32_t> results;
  std::size_t at = 0;
  for (const std::uint64_t offset : {last_page - 4096, last_page, std::uint64_t{kDataBytes}}) {
    queue.submit({.file = &source_,
                  .offset = offset,
                  .bytes = buffer.bytes().subspan(at, kReadBytes),
                  .tag = offset});
    at += kReadBytes;
  }
  queue.submit({.file = &source_, .offset = 0, .bytes = {}, .tag = 0});
  std::array<IoCompletion, 4> completions;
  while (results.size() < 4)
    for (const IoCompletion& completion : std::span(completions).first(queue.wait(completions)))
      results[completion.tag] = completion.result;
  EXPECT_EQ(results[last_page - 4096], static_cast<std::int32_t>(size_bytes - last_page + 4096));
  EXPECT_EQ(results[last_page], static_cast<std::int32_t>(size_bytes - last_page));
  EXPECT_EQ(results[kDataBytes], 0);
  EXPECT_EQ(results[0], 0) << "nothing was asked for";
}

TEST_P(AsyncQueueContract, AnErrorIsANegativeErrnoAndHarmsNoOther) {
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 8, true);
  const File closed;
  AlignedBuffer buffer(5 * 4096);
  const auto piece = [&](std::size_t i) { return buffer.bytes().subspan(i * 4096, 4096); };
  queue.submit({.kind = IoKind::read, .file = &closed, .bytes = piece(0), .tag = 0});
  queue.submit({.kind = IoKind::write, .file = &closed, .bytes = piece(1), .tag = 1});
  queue.submit({.kind = IoKind::write, .file = &source_, .bytes = piece(2), .tag = 2});
  queue.submit({.kind = IoKind::read, .file = &source_, .bytes = piece(3), .tag = 3});
  queue.submit({.kind = IoKind::write, .file = &target_, .bytes = piece(4), .tag = 4});
  std::map<std::uint64_t, std::int32_t> results;
  std::array<IoCompletion, 8> completions;
  while (results.size() < 5)
    for (const IoCompletion& completion : std::span(completions).first(queue.wait(completions)))
      results[completion.tag] = completion.result;
  EXPECT_THAT(results,
              ::testing::ElementsAre(::testing::Pair(0, -EBADF), ::testing::Pair(1, -EBADF),
                                     ::testing::Pair(2, -EBADF),  // a source cannot be written
                                     ::testing::Pair(3, 4096), ::testing::Pair(4, 4096)));
}

TEST_P(AsyncQueueOnDevice, AnUnreadableSectorIsEio) {
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 2);
  std::filesystem::resize_file(dir_ / "source", kDataBytes / 2);  // behind the device's back
  AlignedBuffer buffer(8192);
  queue.submit({.file = &source_, .offset = 0, .bytes = buffer.bytes().first(512), .tag = 1});
  queue.submit({.file = &source_,
                .offset = kDataBytes / 2 + 4096,
                .bytes = buffer.bytes().subspan(4096),
                .tag = 2});
  std::map<std::uint64_t, std::int32_t> results;
  std::array<IoCompletion, 2> completions;
  while (results.size() < 2)
    for (const IoCompletion& completion : std::span(completions).first(queue.wait(completions)))
      results[completion.tag] = completion.result;
  EXPECT_EQ(results[1], 512);
  EXPECT_EQ(results[2], -EIO);
}

TEST_P(AsyncQueueContract, RegisteredMemoryIsOptionalAndMixesWithOther) {
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 16);
  AlignedBuffer buffer(kDataBytes);
  // Only the middle: some blocks lie inside, some outside, and some across either border.
  const bool registered = queue.register_memory(buffer.bytes().subspan(20 << 10, kDataBytes / 2));
  EXPECT_TRUE(!registered || queue_kind() == QueueKind::uring);
  EXPECT_FALSE(queue.register_memory({}));
  stream(queue, IoKind::read, source_, buffer.bytes(), kBlockBytes);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content_));
  stream(queue, IoKind::write, target_, buffer.bytes(), kBlockBytes);
  AlignedBuffer back(kDataBytes);
  ASSERT_EQ(must(target_.read_at(0, back.bytes())), kDataBytes);
  EXPECT_TRUE(std::ranges::equal(back.bytes(), content_));
}

TEST_P(AsyncQueueContract, TheDestructorWaitsForWhatIsInFlight) {
  for (const bool waited : {false, true}) {
    AlignedBuffer buffer(kDataBytes);
    std::ranges::copy(content_, buffer.bytes().begin());
    const std::size_t blocks = kDataBytes / kBlockBytes;
    {
      TINTYPE_MAKE_QUEUE(queue, queue_kind(), blocks, true);
      for (std::size_t i = 0; i < blocks; ++i)
        queue.submit({.kind = IoKind::write,
                      .file = &target_,
                      .offset = i * kBlockBytes,
                      .bytes = buffer.bytes().subspan(i * kBlockBytes, kBlockBytes),
                      .tag = i});
      std::array<IoCompletion, 3> completions;
      ASSERT_TRUE(!waited || queue.wait(completions) > 0);
      queue.wake();  // never delivered
    }
    std::ranges::fill(buffer.bytes(), std::byte{0xDB});  // nobody looks at it any more
    AlignedBuffer back(kDataBytes);
    ASSERT_EQ(must(target_.read_at(0, back.bytes())), kDataBytes);
    ASSERT_TRUE(std::ranges::equal(back.bytes(), content_));
  }
}

TEST_P(AsyncQueueContract, SignalsDoNotDisturb) {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};  // without SA_RESTART: system calls return EINTR
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  const itimerval often = {.it_interval = {0, 200}, .it_value = {0, 200}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);
  for (int round = 0; round < 5; ++round) {
    auto queue = make_queue(queue_kind(), 8);
    if (!queue) break;
    AlignedBuffer buffer(kDataBytes);
    stream(*queue, IoKind::read, source_, buffer.bytes(), kBlockBytes);
    EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content_));
  }
  const itimerval never = {};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

// Opened by one thread, used by another, destroyed by a third.
TEST_P(AsyncQueueContract, TheOwnerIsTheThreadThatUsesIt) {
  TINTYPE_MAKE_QUEUE(queue, queue_kind(), 4);
  AlignedBuffer buffer(kDataBytes);
  queue.register_memory(buffer.bytes());
  std::jthread([&] { stream(queue, IoKind::read, source_, buffer.bytes(), kBlockBytes); }).join();
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content_));
}

}  // namespace
}  // namespace tintype
