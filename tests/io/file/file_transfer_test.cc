// io/file/file.h once a file is open: reads, writes, sizes, and what happens when the system says
// no.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "hashing/zero_block.h"
#include "io/aligned_buffer.h"
#include "io/file/file.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/strace.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;

constexpr std::size_t kMiB = 1 << 20;

class FileTransfer : public ::testing::TestWithParam<Caching> {
 protected:
  // Zero-padded to whole pages: what a direct write can take.
  static AlignedBuffer aligned(std::span<const std::byte> content) {
    AlignedBuffer buffer(content.size());
    std::ranges::copy(content, buffer.bytes().begin());
    return buffer;
  }
  test::TempDir dir_;
};

INSTANTIATE_TEST_SUITE_P(, FileTransfer,
                         ::testing::Values(Caching::direct_if_possible, Caching::page_cache),
                         [](const auto& instance) {
                           return instance.param == Caching::page_cache ? "page_cache" : "direct";
                         });

TEST_P(FileTransfer, ReadIsShortOnlyAtTheEnd) {
  for (const std::size_t size : {kMiB, kMiB + 1, kMiB + 511, kMiB + 512, kMiB + 777, kMiB + 4095}) {
    const auto content = test::random_bytes(size, size);
    test::write_file(dir_ / "data", content);
    const File file = must(File::open_source(dir_ / "data", GetParam()));
    AlignedBuffer buffer(kMiB + 8192);
    for (const std::size_t offset : {std::size_t{0}, std::size_t{4096}, kMiB - 4096, kMiB}) {
      std::ranges::fill(buffer.bytes(), std::byte{0xDB});
      EXPECT_EQ(must(file.read_at(offset, buffer.bytes())), size - offset) << size;
      EXPECT_TRUE(std::ranges::equal(buffer.bytes().first(size - offset),
                                     std::span(content).subspan(offset)));
    }
    EXPECT_EQ(must(file.read_at(kMiB + 4096, buffer.bytes())), 0u);
    EXPECT_EQ(must(file.read_at(std::uint64_t{1} << 40, buffer.bytes())), 0u);
    EXPECT_EQ(must(file.read_at(0, {})), 0u);
    fs::remove(dir_ / "data");
  }
}

TEST_P(FileTransfer, WriteArrivesWhereItWasAimed) {
  const auto content = test::random_bytes(3 * kMiB);
  const File file = must(File::create(dir_ / "data", GetParam()));
  const AlignedBuffer buffer = aligned(content);
  EXPECT_TRUE(ok(file.write_at(kMiB, buffer.bytes().subspan(kMiB))));
  EXPECT_TRUE(ok(file.write_at(0, buffer.bytes().first(kMiB))));
  EXPECT_TRUE(ok(file.write_at(8192, {})));
  EXPECT_TRUE(ok(file.sync()));
  EXPECT_EQ(test::read_file(dir_ / "data"), content);
}

TEST_P(FileTransfer, ADeviceTakesAndGives) {
  test::write_file(dir_ / "disk", std::vector<std::byte>(kMiB));
  const auto loop = test::LoopDevice::attach(dir_ / "disk");
  if (!loop) GTEST_SKIP() << loop.error();
  const auto content = test::random_bytes(65536);
  const File device = must(File::open_target(loop->path(), GetParam()));
  EXPECT_TRUE(ok(device.write_at(8192, aligned(content).bytes())));
  EXPECT_TRUE(ok(device.sync()));
  AlignedBuffer buffer(65536);
  EXPECT_EQ(must(device.read_at(8192, buffer.bytes())), 65536u);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes(), content));
  EXPECT_EQ(must(device.read_at(kMiB - 4096, buffer.bytes())), 4096u);

  EXPECT_TRUE(ok(device.zero_range(12288, 4096)));
  EXPECT_EQ(must(device.read_at(8192, buffer.bytes())), 65536u);
  EXPECT_TRUE(is_zero(buffer.bytes().subspan(4096, 4096)));
  EXPECT_TRUE(std::ranges::equal(buffer.bytes().first(4096), std::span(content).first(4096)));
  EXPECT_TRUE(std::ranges::equal(buffer.bytes().subspan(8192), std::span(content).subspan(8192)));

  EXPECT_TRUE(ok(device.preallocate(0, kMiB))) << "a device has nothing to reserve";
  const auto resized = device.set_size(8192);
  ASSERT_FALSE(resized);
  EXPECT_THAT(resized.error().line(), HasSubstr("cannot set the size of " + loop->path()));
  // A write past the end of a device.
  EXPECT_EQ(device.write_at(kMiB, buffer.bytes()).error().code, std::errc::no_space_on_device);
}

TEST_P(FileTransfer, AReadErrorTellsItsPlace) {
  test::write_file(dir_ / "disk", test::random_bytes(kMiB));
  const auto loop = test::LoopDevice::attach(dir_ / "disk");
  if (!loop) GTEST_SKIP() << loop.error();
  const File device = must(File::open_source(loop->path(), GetParam()));
  fs::resize_file(dir_ / "disk", kMiB / 2);  // behind the device's back: its second half is gone
  AlignedBuffer buffer(4096);
  EXPECT_EQ(must(device.read_at(0, buffer.bytes())), 4096u);
  const auto failed = device.read_at(kMiB - 4096, buffer.bytes());
  ASSERT_FALSE(failed) << "this kernel's loop device fills up with zeros";
  EXPECT_EQ(failed.error().line(),
            "cannot read " + loop->path() + " at offset 1044480: Input/output error");
}

TEST_P(FileTransfer, ASourceCannotBeWritten) {
  test::write_file(dir_ / "data", test::random_bytes(8192));
  const auto before = test::read_file(dir_ / "data");
  const File file = must(File::open_source(dir_ / "data", GetParam()));
  const AlignedBuffer buffer(4096);
  EXPECT_EQ(file.write_at(0, buffer.bytes()).error().code, std::errc::bad_file_descriptor);
  EXPECT_FALSE(file.set_size(0));
  EXPECT_FALSE(file.zero_range(0, 4096));
  EXPECT_FALSE(file.preallocate(0, 4096));
  EXPECT_EQ(test::read_file(dir_ / "data"), before);
}

TEST_P(FileTransfer, SizeCanBeSetUpAndDown) {
  const File file = must(File::create(dir_ / "data", GetParam()));
  EXPECT_TRUE(ok(file.set_size(10 * kMiB + 3)));
  EXPECT_EQ(fs::file_size(dir_ / "data"), 10 * kMiB + 3);
  EXPECT_TRUE(ok(file.set_size(5)));
  EXPECT_EQ(fs::file_size(dir_ / "data"), 5u);
  EXPECT_FALSE(file.set_size(~std::uint64_t{0}));
}

TEST_P(FileTransfer, PreallocationReservesWithoutGrowing) {
  const File file = must(File::create(dir_ / "data", GetParam()));
  EXPECT_TRUE(ok(file.preallocate(0, 4 * kMiB)));
  EXPECT_TRUE(ok(file.preallocate(0, 0)));
  struct stat status {};
  ASSERT_EQ(::stat((dir_ / "data").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 0);
  if (status.st_blocks == 0) GTEST_SKIP() << "this file system cannot reserve space";
  EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, 4 * kMiB);
}

TEST_P(FileTransfer, ZeroRangeReadsAsZerosAndNothingElseChanges) {
  auto content = test::random_bytes(kMiB + 777);
  test::write_file(dir_ / "data", content);
  const File file = must(File::open_target(dir_ / "data", GetParam()));
  EXPECT_TRUE(ok(file.zero_range(65536, 131072)));
  EXPECT_TRUE(ok(file.zero_range(kMiB - 4096, 4096)));
  EXPECT_TRUE(ok(file.zero_range(0, 0)));
  std::fill_n(content.begin() + 65536, 131072, std::byte{0});
  std::fill_n(content.begin() + kMiB - 4096, 4096, std::byte{0});
  EXPECT_EQ(test::read_file(dir_ / "data"), content);
}

TEST_P(FileTransfer, AFullFileSystemIsAnErrorWithAHint) {
  const auto tmpfs = test::TinyTmpfs::mount(dir_ / "tiny", kMiB);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  const File file = must(File::create(dir_ / "tiny/data", GetParam()));
  const AlignedBuffer buffer(2 * kMiB);
  const auto written = file.write_at(0, buffer.bytes());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, std::errc::no_space_on_device);
  EXPECT_THAT(written.error().line(), HasSubstr("(free some space there)"));
  const auto reserved = file.preallocate(0, 4 * kMiB);
  ASSERT_FALSE(reserved);
  EXPECT_EQ(reserved.error().code, std::errc::no_space_on_device);
}

// A limit on the file's size makes one write short and the next fail.
[[noreturn]] void write_past_the_limit(const std::string& path, Caching caching,
                                       std::span<const std::byte> bytes, std::uint64_t limit) {
  const rlimit size_limit = {.rlim_cur = limit, .rlim_max = limit};
  std::signal(SIGXFSZ, SIG_IGN);
  const File file = must(File::open_target(path, caching));
  if (::setrlimit(RLIMIT_FSIZE, &size_limit) != 0) ::_exit(9);
  const auto written = file.write_at(0, bytes);
  const std::string place = "at offset " + std::to_string(limit);
  const bool as_expected = !written && written.error().code == std::errc::file_too_large &&
                           written.error().what.find(place) != std::string::npos;
  ::_exit(as_expected ? 0 : 1);
}

TEST_P(FileTransfer, AShortWriteIsTakenUpWhereItStopped) {
  test::write_file(dir_ / "data", {});
  const auto content = test::random_bytes(16384);
  const AlignedBuffer buffer = aligned(content);
  EXPECT_EXIT(write_past_the_limit(dir_ / "data", GetParam(), buffer.bytes(), 12288),
              ::testing::ExitedWithCode(0), "");
  EXPECT_TRUE(std::ranges::equal(test::read_file(dir_ / "data"), std::span(content).first(12288)));
}

TEST_P(FileTransfer, AClosedFileIsAnErrorEverywhere) {
  const File file;
  AlignedBuffer buffer(4096);
  constexpr auto kBad = std::errc::bad_file_descriptor;
  EXPECT_EQ(file.read_at(0, buffer.bytes()).error().code, kBad);
  EXPECT_EQ(file.write_at(0, buffer.bytes()).error().code, kBad);
  EXPECT_EQ(file.sync().error().code, kBad);
  EXPECT_EQ(file.set_size(1).error().code, kBad);
  EXPECT_EQ(file.preallocate(0, 1).error().code, kBad);
  EXPECT_EQ(file.zero_range(0, 1).error().code, kBad);
}

// Today's kernels forgive an unaligned direct read past the end of a file; older ones do not.
TEST(FileTrace, ADirectReadIsNeverTakenUpAtAnUnalignedPlace) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const test::TempDir dir;
  if (!must(File::create(dir / "probe", Caching::direct_if_possible)).geometry().direct)
    GTEST_SKIP() << "no direct I/O here";
  const auto outcome = test::run_under_strace(
      "-y -e trace=pread64", test::this_program("*FileTransfer.ReadIsShort*/direct"),
      dir / "trace");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  std::ifstream trace(dir / "trace");
  unsigned reads = 0;
  for (std::string line; std::getline(trace, line);) {  // 1  pread64(3</tmp/data>, ""..., 8, 0) = 8
    if (line.find("/data>") == std::string::npos) continue;
    const std::size_t offset = line.rfind(", ", line.rfind(") = ")) + 2;
    EXPECT_EQ(std::stoull(line.substr(offset)) % 512, 0u) << line;
    ++reads;
  }
  EXPECT_GT(reads, 36u);
}

struct Injection {
  const char* name;
  const char* strace_options;
};

class FileUnderFaults : public ::testing::TestWithParam<Injection> {};

// These run again, with system calls that are interrupted or missing, and must not notice.
TEST_P(FileUnderFaults, TheTransfersGoOnAllTheSame) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const test::TempDir dir;
  const auto outcome = test::run_under_strace(
      GetParam().strace_options,
      test::this_program("*FileTransfer.Read*:*FileTransfer.Write*:*FileTransfer.Size*:"
                         "*FileTransfer.Zero*:*FileTransfer.Prealloc*"),
      dir / "trace");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(test::run_command("grep -q INJECTED '" + (dir / "trace") + "'").exit_code, 0);
}

INSTANTIATE_TEST_SUITE_P(
    , FileUnderFaults,
    ::testing::Values(
        // The first ones are the dynamic linker's, which gives up.
        Injection{"reads_interrupted", "-e trace=pread64 -e inject=pread64:error=EINTR:when=50+3"},
        Injection{"writes_interrupted",
                  "-e trace=pwrite64 -e inject=pwrite64:error=EINTR:when=1+2"},
        Injection{
            "resizing_interrupted",
            "-e trace=ftruncate,fallocate -e inject=ftruncate,fallocate:error=EINTR:when=1+2"},
        Injection{"nothing_but_plain_writes",
                  "-e trace=fallocate -e inject=fallocate:error=EOPNOTSUPP"},
        Injection{"a_kernel_that_does_not_tell_alignment",
                  "-e trace=statx -e inject=statx:error=ENOSYS"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace tintype
