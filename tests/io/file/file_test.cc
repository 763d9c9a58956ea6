#include "io/file/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "io/aligned_buffer.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;

constexpr Caching kBothCachings[] = {Caching::direct_if_possible, Caching::page_cache};

TEST(File, WhatCannotBeOpenedSaysWhyAndWhatToDo) {
  const test::TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  for (const Caching caching : kBothCachings) {
    for (const auto open : {File::open_source, File::open_target}) {
      const auto line = [&](const std::string& path) { return open(path, caching).error().line(); };
      EXPECT_EQ(line("/nowhere/x"), "cannot open /nowhere/x: No such file or directory");
      EXPECT_EQ(line("/dev/nowhere"),
                "cannot open /dev/nowhere: No such file or directory "
                "(lsblk lists the devices that are here)");
      EXPECT_THAT(line(dir.path().string()), HasSubstr("Is a directory (name a file or a block"));
      EXPECT_EQ(line("/dev/null"), "cannot open /dev/null: neither a file nor a block device");
      EXPECT_THAT(line(dir / "fifo"), HasSubstr("neither a file nor a block device"));
    }
  }
  EXPECT_EQ(File::open_source("/nowhere/x", Caching::page_cache).error().code,
            std::errc::no_such_file_or_directory);
}

// In a process of its own, which gives up being root.
TEST(FileDeathTest, WithoutPermissionItSaysToBecomeRoot) {
  const test::TempDir dir;
  test::write_file(dir / "secret", test::random_bytes(10));
  fs::permissions(dir / "secret", fs::perms::none);
  fs::permissions(dir.path(), fs::perms::others_exec, fs::perm_options::add);
  EXPECT_EXIT(
      {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
        const auto refused = File::open_source(dir / "secret", Caching::page_cache);
        const bool as_expected = !refused && refused.error().code == std::errc::permission_denied &&
                                 refused.error().hint.find("root") != std::string::npos;
        ::_exit(as_expected ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(File, CreateMakesANewFileAndNeverTakesAnExistingOne) {
  const test::TempDir dir;
  for (const Caching caching : kBothCachings) {
    const std::string path = dir / ("new" + std::to_string(static_cast<int>(caching)));
    const File file = must(File::create(path, caching));
    EXPECT_EQ(file.path(), path);
    EXPECT_EQ(file.geometry().size_bytes, 0u);
    EXPECT_FALSE(file.geometry().block_device);
    EXPECT_EQ(fs::status(path).permissions() & fs::perms::owner_all,
              fs::perms::owner_read | fs::perms::owner_write);
    AlignedBuffer buffer(4096);
    EXPECT_TRUE(ok(file.write_at(0, buffer.bytes())));
    EXPECT_EQ(must(file.read_at(0, buffer.bytes())), 4096u);

    const auto again = File::create(path, caching);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, std::errc::file_exists);
    EXPECT_EQ(fs::file_size(path), 4096u);
  }
  EXPECT_EQ(File::create(dir / "missing/x", Caching::page_cache).error().code,
            std::errc::no_such_file_or_directory);
  fs::create_symlink("nowhere", dir / "link");
  EXPECT_EQ(File::create(dir / "link", Caching::page_cache).error().code, std::errc::file_exists);
}

TEST(File, GeometryTellsWhetherIoIsDirectAndHowToAlign) {
  const test::TempDir dir;
  test::write_file(dir / "data", test::random_bytes(10'000));
  const auto is_direct = [](const File& file) {
    return (::fcntl(file.handle(), F_GETFL) & O_DIRECT) != 0;
  };
  const File cached = must(File::open_source(dir / "data", Caching::page_cache));
  EXPECT_FALSE(cached.geometry().direct);
  EXPECT_FALSE(is_direct(cached));
  EXPECT_EQ(cached.geometry().size_bytes, 10'000u);

  for (const std::string& path : {dir / "data", std::string("/proc/version")}) {
    const File file = must(File::open_source(path, Caching::direct_if_possible));
    const Geometry& geometry = file.geometry();
    EXPECT_EQ(geometry.direct, is_direct(file)) << path;
    EXPECT_FALSE(geometry.block_device);
    EXPECT_GE(geometry.sector_bytes, 512u);
    EXPECT_LE(geometry.sector_bytes, kPageBytes);
    EXPECT_LE(geometry.memory_alignment, kPageBytes);
    EXPECT_EQ(kPageBytes % geometry.sector_bytes, 0u);
    // What the geometry promises, the medium keeps.
    AlignedBuffer buffer(kPageBytes + geometry.memory_alignment);
    const auto unaligned = buffer.bytes().subspan(geometry.memory_alignment, geometry.sector_bytes);
    EXPECT_TRUE(ok(file.read_at(geometry.sector_bytes, unaligned))) << path;
  }
}

TEST(File, WhereDirectIoIsRefusedThePageCacheServes) {
  // /proc refuses O_DIRECT on every kernel.
  const File file = must(File::open_source("/proc/version", Caching::direct_if_possible));
  EXPECT_FALSE(file.geometry().direct);
  std::vector<std::byte> bytes(5);
  EXPECT_EQ(must(file.read_at(0, bytes)), 5u);
  EXPECT_EQ(static_cast<char>(bytes[0]), 'L');
}

TEST(File, ABlockDeviceTellsItsSizeAndSector) {
  const test::TempDir dir;
  test::write_file(dir / "disk", test::random_bytes(1 << 20));
  for (const unsigned sector_bytes : {512u, 4096u}) {
    const auto loop = test::LoopDevice::attach(dir / "disk", sector_bytes);
    if (!loop) GTEST_SKIP() << loop.error();
    for (const Caching caching : kBothCachings) {
      const File file = must(File::open_source(loop->path(), caching));
      EXPECT_EQ(file.geometry().size_bytes, 1u << 20);
      EXPECT_EQ(file.geometry().sector_bytes, sector_bytes);
      EXPECT_LE(file.geometry().memory_alignment, kPageBytes);
      EXPECT_TRUE(file.geometry().block_device);
      EXPECT_EQ(file.geometry().direct, caching == Caching::direct_if_possible);
    }
  }
}

TEST(File, ATargetDeviceThatIsInUseIsRefused) {
  const test::TempDir dir;
  test::write_file(dir / "disk", test::random_bytes(1 << 20));
  const auto loop = test::LoopDevice::attach(dir / "disk");
  if (!loop) GTEST_SKIP() << loop.error();
  for (const Caching caching : kBothCachings) {
    const File holder = must(File::open_target(loop->path(), caching));
    EXPECT_EQ(holder.geometry().direct, caching == Caching::direct_if_possible);
    const auto refused = File::open_target(loop->path(), caching);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, std::errc::device_or_resource_busy);
    EXPECT_THAT(refused.error().line(), HasSubstr("unmount it first"));
    EXPECT_TRUE(ok(File::open_source(loop->path(), caching))) << "reading is no claim";
  }
}

TEST(File, ATargetKeepsWhatIsThere) {
  const test::TempDir dir;
  const auto content = test::random_bytes(8192);
  test::write_file(dir / "data", content);
  for (const Caching caching : kBothCachings) {
    const File file = must(File::open_target(dir / "data", caching));
    EXPECT_EQ(file.geometry().size_bytes, 8192u);
  }
  EXPECT_EQ(test::read_file(dir / "data"), content);
}

TEST(File, IsTheSameFileWhateverTheTwoPathsSay) {
  const test::TempDir dir;
  const auto open = [](const std::string& path) {
    return must(File::open_source(path, Caching::page_cache));
  };
  test::write_file(dir / "a", {});
  test::write_file(dir / "b", {});
  fs::create_hard_link(dir / "a", dir / "hard");
  fs::create_symlink("a", dir / "soft");
  const File a = open(dir / "a");
  EXPECT_TRUE(a.is_same_file_as(a));
  EXPECT_TRUE(a.is_same_file_as(open(dir / "hard")));
  EXPECT_TRUE(a.is_same_file_as(open(dir / "soft")));
  EXPECT_FALSE(a.is_same_file_as(open(dir / "b")));
  EXPECT_FALSE(a.is_same_file_as(File()));
  EXPECT_FALSE(File().is_same_file_as(File()));

  test::write_file(dir / "disk", test::random_bytes(1 << 20));
  const auto loop = test::LoopDevice::attach(dir / "disk");
  const auto other = test::LoopDevice::attach(dir / "disk");
  if (!loop || !other) return;
  fs::create_symlink(loop->path(), dir / "by-name");
  EXPECT_TRUE(open(loop->path()).is_same_file_as(open(dir / "by-name")));
  EXPECT_FALSE(open(loop->path()).is_same_file_as(open(other->path())));
  EXPECT_FALSE(open(loop->path()).is_same_file_as(open(dir / "disk")));
}

TEST(File, AHandleIsClosedOnceAndNeverInherited) {
  const test::TempDir dir;
  test::write_file(dir / "data", test::random_bytes(4096));
  const auto open_handles = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = open_handles();
  {
    File first = must(File::open_source(dir / "data", Caching::direct_if_possible));
    EXPECT_TRUE(first.is_open());
    EXPECT_NE(::fcntl(first.handle(), F_GETFD) & FD_CLOEXEC, 0);
    File second(std::move(first));
    EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): what a move leaves behind
    EXPECT_EQ(second.geometry().size_bytes, 4096u);
    File third = must(File::create(dir / "new", Caching::direct_if_possible));
    third = std::move(second);
    EXPECT_EQ(third.path(), dir / "data");
    EXPECT_EQ(open_handles(), before + 1);
    File& itself = third;
    third = std::move(itself);
    EXPECT_TRUE(third.is_open());
    third.close();
    third.close();
    EXPECT_FALSE(third.is_open());
    static_cast<void>(File::open_source(dir.path().string(), Caching::page_cache));
  }
  EXPECT_EQ(open_handles(), before);
}

}  // namespace
}  // namespace tintype
