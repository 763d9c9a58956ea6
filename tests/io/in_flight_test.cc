#include "io/in_flight.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "io/queue/async_queue.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

class InFlightBoardTest : public ::testing::Test {
 protected:
  void SetUp() override { use_board(board_.get()); }
  void TearDown() override { use_board(nullptr); }
  std::vector<InFlightBoard::Seen> seen() const {
    std::vector<InFlightBoard::Seen> found;
    board_->read(found);
    return found;
  }
  std::unique_ptr<InFlightBoard> board_ = std::make_unique<InFlightBoard>();
};

TEST_F(InFlightBoardTest, AMarkIsSeenAsLongAsItLives) {
  {
    const InFlightMark mark("read", "/dev/sdz", 4096);
    const auto found = seen();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_STREQ(found[0].request.verb, "read");
    EXPECT_EQ(found[0].request.path, "/dev/sdz");
    EXPECT_EQ(found[0].request.offset, 4096u);
    EXPECT_EQ(found[0].request.patience, Patience::soon);
  }
  EXPECT_TRUE(seen().empty());
}

TEST_F(InFlightBoardTest, OfALongPathTheEndIsKept) {
  const InFlightMark mark("read", std::string(1000, 'x') + "/end");
  EXPECT_TRUE(seen().at(0).request.path.ends_with("x/end"));
}

TEST_F(InFlightBoardTest, MoreThanItHoldsAreNotSeenAndDoNoHarm) {
  {
    std::vector<InFlightMark> marks;
    for (unsigned i = 0; i < InFlightBoard::kSlots + 10; ++i) marks.emplace_back("read", "f", i);
    EXPECT_EQ(seen().size(), InFlightBoard::kSlots);
  }
  EXPECT_TRUE(seen().empty());
}

TEST_F(InFlightBoardTest, ManyThreadsMarkAtOnceWhileOneLooks) {
  std::atomic<bool> over{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      while (!over) const InFlightMark mark("write", "some path");
    });
  for (int i = 0; i < 2000; ++i)
    for (const auto& found : seen()) ASSERT_EQ(found.request.path, "some path");
  over = true;
  threads.clear();
  EXPECT_TRUE(seen().empty());
}

TEST_F(InFlightBoardTest, RequestsOfEveryQueueAreOnIt) {
  test::TempDir dir;
  test::write_file(dir / "file", test::random_bytes(1 << 20));
  const File file = test::must(File::open_source(dir / "file", Caching::page_cache));
  for (const QueueEngine engine : {QueueEngine::automatic, QueueEngine::threads}) {
    const auto opened = test::must(open_queue(engine, 4));
    std::vector<std::byte> bytes(1 << 20);
    opened.queue->submit({IoKind::read, &file, 0, bytes, 1});
    EXPECT_LE(seen().size(), 1u);  // a thread may have it already, or not yet
    if (opened.queue->name() == "io_uring") {
      EXPECT_EQ(seen().size(), 1u);
    }
    std::vector<IoCompletion> completions(4);
    ASSERT_EQ(opened.queue->wait(completions), 1u);
    EXPECT_TRUE(seen().empty());
  }
}

}  // namespace
}  // namespace tintype
