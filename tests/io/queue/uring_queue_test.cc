// What only io_uring has: registered memory, one issuer, and kernels that refuse or are busy.
#include "io/queue/uring_queue.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "hashing/zero_block.h"
#include "support/random_bytes.h"
#include "support/strace.h"
#include "support/temp_dir.h"
#include "tests/io/queue/queue_fixture.h"

namespace tintype {
namespace {

using test::must;
using test::QueueKind;
using test::stream;

constexpr std::size_t kMiB = 1 << 20;

class UringQueue : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::make_queue(QueueKind::uring, 1)) GTEST_SKIP() << "io_uring is not allowed here";
    test::write_file(dir_ / "data", content_);
    file_ = must(File::open_source(dir_ / "data", Caching::direct_if_possible));
  }
  test::TempDir dir_;
  std::vector<std::byte> content_ = test::random_bytes(kMiB);
  File file_;
};
using UringQueueDeathTest = UringQueue;

// The kernel registers at most 1 GiB in one piece. The same 4 MiB, mapped again and again, are a
// slab large enough to see the border.
TEST_F(UringQueue, ASlabOfMoreThanAGibibyteIsRegisteredInPieces) {
  constexpr std::size_t kRealBytes = 4 * kMiB, kSlabBytes = (1 << 30) + kRealBytes;
  const int memory = ::memfd_create("slab", MFD_CLOEXEC);
  ASSERT_EQ(::ftruncate(memory, kRealBytes), 0);
  void* const base = ::mmap(nullptr, kSlabBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(base, MAP_FAILED);
  const std::span slab(static_cast<std::byte*>(base), kSlabBytes);
  for (std::size_t at = 0; at < kSlabBytes; at += kRealBytes)
    ASSERT_NE(::mmap(slab.data() + at, kRealBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     memory, 0),
              MAP_FAILED);
  ::close(memory);
  {
    const auto queue = must(open_uring_queue(4));
    const bool registered = queue->register_memory(slab);
    EXPECT_TRUE(registered || ::geteuid() != 0) << "root has no limit of locked memory";
    for (const std::size_t place :
         {0ul, 1ul << 30, (1ul << 30) - 2 * 65536 - 4096, kSlabBytes - kMiB}) {
      std::ranges::fill(slab.subspan(place, kMiB), std::byte{0xDB});
      stream(*queue, IoKind::read, file_, slab.subspan(place, kMiB), 65536);
      EXPECT_TRUE(std::ranges::equal(slab.subspan(place, kMiB), content_)) << place;
    }
  }
  ::munmap(base, kSlabBytes);
}

TEST_F(UringQueue, MemoryIsRegisteredOnceAndBeforeTheFirstUse) {
  AlignedBuffer buffer(kMiB);
  auto queue = must(open_uring_queue(4));
  if (!queue->register_memory(buffer.bytes())) GTEST_SKIP() << "no memory may be locked here";
  EXPECT_FALSE(queue->register_memory(buffer.bytes()));
  queue = must(open_uring_queue(4));
  stream(*queue, IoKind::read, file_, buffer.bytes(), 65536);
  EXPECT_FALSE(queue->register_memory(buffer.bytes()));
  queue = must(open_uring_queue(4));
  queue->submit({.file = &file_, .offset = 0, .bytes = buffer.bytes()});
  EXPECT_FALSE(queue->register_memory(buffer.bytes()));
}

// Buffers that are almost inside the registered memory must not be taken for fixed ones.
TEST_F(UringQueue, TheBordersOfTheRegisteredMemoryAreExact) {
  AlignedBuffer buffer(3 * 8192);
  const auto queue = must(open_uring_queue(4));
  queue->register_memory(buffer.bytes().subspan(8192, 8192));
  for (std::size_t begin = 0; begin <= 16384; begin += 4096)
    for (const std::size_t length : {4096u, 8192u}) {
      std::ranges::fill(buffer.bytes(), std::byte{0xDB});
      stream(*queue, IoKind::read, file_, buffer.bytes().subspan(begin, length), length);
      EXPECT_TRUE(std::ranges::equal(buffer.bytes().subspan(begin, length),
                                     std::span(content_).first(length)));
      EXPECT_EQ(std::ranges::count(buffer.bytes().first(begin), std::byte{0xDB}),
                static_cast<std::ptrdiff_t>(begin));
    }
}

// A fixed buffer is the memory that was registered, not what is mapped there now: that is how one
// can see from outside that requests really use it.
TEST_F(UringQueue, RequestsInRegisteredMemoryUseIt) {
  void* const base =
      ::mmap(nullptr, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(base, MAP_FAILED);
  const std::span slab(static_cast<std::byte*>(base), kMiB);
  const auto queue = must(open_uring_queue(4));
  const bool registered = queue->register_memory(slab);
  if (registered) {
    ASSERT_NE(
        ::mmap(base, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
        MAP_FAILED);
    stream(*queue, IoKind::read, file_, slab, 65536);
    EXPECT_TRUE(is_zero(slab)) << "the bytes went where the slab is now";
  }
  ::munmap(base, kMiB);
  if (!registered) GTEST_SKIP() << "no memory may be locked here";
}

[[noreturn]] void read_without_locked_memory(const File& file, std::span<const std::byte> content) {
  const rlimit none = {.rlim_cur = 0, .rlim_max = 0};
  if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
  if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) ::_exit(9);
  auto queue = open_uring_queue(4);
  if (!queue) ::_exit(0);  // older kernels want locked memory for the ring itself
  AlignedBuffer buffer(kMiB);
  if ((*queue)->register_memory(buffer.bytes())) ::_exit(2);
  stream(**queue, IoKind::read, file, buffer.bytes(), 65536);
  ::_exit(std::ranges::equal(buffer.bytes(), content) ? 0 : 1);
}

TEST_F(UringQueueDeathTest, WithoutLockedMemoryItOnlyDoesNotRegister) {
  EXPECT_EXIT(read_without_locked_memory(file_, content_), ::testing::ExitedWithCode(0), "");
}

TEST_F(UringQueueDeathTest, ASecondThreadAborts) {
  const auto use_twice = [&] {
    const auto queue = must(open_uring_queue(4));
    AlignedBuffer buffer(kMiB);
    stream(*queue, IoKind::read, file_, buffer.bytes(), 65536);
    std::jthread([&] { stream(*queue, IoKind::read, file_, buffer.bytes(), 65536); }).join();
    std::fputs("this kernel cannot tell: another thread than its owner\n", stderr);
    std::abort();
  };
  EXPECT_DEATH(use_twice(), "another thread than its owner");
}

struct Injection {
  const char* name;
  const char* strace_options;
  const char* tests;
};

constexpr const char* kAll =
    "AsyncQueueContract.*/uring_file_direct:AsyncQueueWake.*/uring:UringQueue.*";

class UringUnderFaults : public ::testing::TestWithParam<Injection> {};

TEST_P(UringUnderFaults, TheContractHoldsAllTheSame) {
  if (!test::make_queue(QueueKind::uring, 1)) GTEST_SKIP() << "io_uring is not allowed here";
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const test::TempDir dir;
  const auto outcome = test::run_under_strace(GetParam().strace_options,
                                              test::this_program(GetParam().tests), dir / "trace");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("[  PASSED  ]"), std::string::npos) << outcome.output;
  EXPECT_EQ(test::run_command("grep -q INJECTED '" + (dir / "trace") + "'").exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(
    , UringUnderFaults,
    ::testing::Values(
        Injection{"interrupted",
                  "-e trace=io_uring_enter -e inject=io_uring_enter:error=EINTR:when=1+2", kAll},
        Injection{"short_of_memory",
                  "-e trace=io_uring_enter -e inject=io_uring_enter:error=EAGAIN:when=1+3", kAll},
        Injection{"busy", "-e trace=io_uring_enter -e inject=io_uring_enter:error=EBUSY:when=2+3",
                  "AsyncQueueContract.ReadsBring*/uring_file_direct"},
        // Of three rings that an opening asks for: refused, made with fewer flags, tried out.
        Injection{"kernel_without_deferred_work",
                  "-e trace=io_uring_setup -e inject=io_uring_setup:error=EINVAL:when=1+3", kAll},
        Injection{"kernel_without_any_flag",
                  "-e trace=io_uring_setup -e inject=io_uring_setup:error=EINVAL:when=1..2",
                  "AsyncQueueContract.TheOwner*/uring_file_direct"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace tintype
