#include "io/queue/open_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <iostream>

#include "io/queue/uring_queue.h"
#include "support/strace.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;

template <int kErrorNumber>
Result<std::unique_ptr<AsyncQueue>> refuse(unsigned) {
  return system_error(kErrorNumber, "open", "an io_uring");
}

TEST(OpenQueue, WhereTheKernelRefusesARingThreadsServeAndTheNoteSaysWhy) {
  const std::pair<UringOpener, const char*> cases[] = {
      {refuse<EPERM>, "Operation not permitted"},
      {refuse<ENOSYS>, "Function not implemented"},
      {refuse<EMFILE>, "Too many open files"},
      {refuse<ENOMEM>, "Cannot allocate memory"},
  };
  for (const auto& [opener, reason] : cases) {
    const auto opened = open_queue(QueueEngine::automatic, 7, opener);
    ASSERT_TRUE(opened) << reason;
    EXPECT_EQ(opened->queue->name(), "threads");
    EXPECT_EQ(opened->queue->in_flight_max(), 7u);
    EXPECT_EQ(opened->note,
              "io_uring is not available (" + std::string(reason) + "): threads do the I/O");
  }
}

TEST(OpenQueue, WhoAsksForARingGetsItOrAnError) {
  const auto refused = open_queue(QueueEngine::io_uring, 7, refuse<EPERM>);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, std::errc::operation_not_permitted);
  EXPECT_EQ(refused.error().line(),
            "cannot open an io_uring: Operation not permitted "
            "(let the engine be chosen automatically, or choose threads)");
}

TEST(OpenQueue, WhoAsksForThreadsGetsThemWithoutANote) {
  const auto opened = open_queue(QueueEngine::threads, 7, refuse<EPERM>);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->queue->name(), "threads");
  EXPECT_EQ(opened->note, "");
}

TEST(OpenQueue, TheFirstChoiceHasNoNote) {
  const auto opened = open_queue(QueueEngine::automatic, 7);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->queue->in_flight_max(), 7u);
  EXPECT_EQ(opened->note.empty(), open_uring_queue(7).has_value());
  EXPECT_EQ(opened->queue->name(), opened->note.empty() ? "io_uring" : "threads");
  std::cout << opened->queue->name() << ": " << opened->note << '\n';
}

// The same with a kernel that really refuses: the ring, or the event that wakes it.
TEST(OpenQueue, ARefusingKernelIsNoticed) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const std::pair<const char*, const char*> cases[] = {
      {"-e inject=io_uring_setup:error=EPERM", "Operation not permitted"},
      {"-e inject=eventfd2:error=EMFILE", "Too many open files"},
  };
  for (const auto& [injection, reason] : cases) {
    const auto outcome =
        test::run_under_strace(injection, test::this_program("OpenQueue.TheFirstChoiceHasNoNote"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("threads: io_uring is not available (" +
                                          std::string(reason) + "): threads do the I/O"));
  }
}

}  // namespace
}  // namespace tintype
