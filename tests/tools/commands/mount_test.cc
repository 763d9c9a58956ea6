// `tintype mount` under loop devices, file systems and people who read from it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstring>

#include "engine/manifest/set_name.h"
#include "io/aligned_buffer.h"
#include "tests/tools/commands/served_program.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::ServedProgram;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Mount : public ServedProgram {
 protected:
  void SetUp() override {
    if (::access("/dev/fuse", R_OK | W_OK) != 0) {
      if (test::samples_required()) FAIL() << "no /dev/fuse under CI=true";
      GTEST_SKIP() << "no /dev/fuse here";
    }
    fs::create_directory(folder_);
  }
  void mount(const std::string& set) {
    const auto outcome = run({"mount", set, folder_});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  void unmount() {
    const auto outcome = run({"unmount", folder_});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    expect_nothing_left();
  }
  // Files that were put into a volume, against those that the mounted file system shows.
  void expect_content(const std::string& mounted, bool folders) {
    for (const auto& file : fs::recursive_directory_iterator(dir_ / "content")) {
      const auto name = fs::relative(file.path(), dir_ / "content");
      if (!file.is_regular_file() || (!folders && name.has_parent_path())) continue;
      EXPECT_TRUE(test::read_file(file.path()) == test::read_file(mounted / name)) << name;
    }
  }

  const std::string folder_ = dir_ / "mnt";
};

TEST_F(Mount, FileSystemsOnItReadEveryFileRight) {
  const std::string ext4 = ext4_volume(), ntfs = ntfs_volume();
  const std::string set = backup({"linux=" + ext4, "windows=" + ntfs, "--compress", "lz4"});
  // Through a pipe: who waits for its output must not wait for the unmount.
  EXPECT_EQ(
      shell(TINTYPE_PROGRAM " mount " + set + " " + folder_),
      folder_ + "/linux.img  48 MiB, read-only\n" + folder_ + "/windows.img  40 MiB, read-only\n");
  EXPECT_TRUE(test::read_file(folder_ + "/linux.img") == restored(set + "/linux"));
  EXPECT_TRUE(test::read_file(folder_ + "/windows.img") == restored(set + "/windows"));
  {
    auto mounted = test::MountedVolume::kernel(folder_ + "/linux.img", "ext4", "ro,noload");
    ASSERT_TRUE(mounted) << mounted.error();
    expect_content(mounted->path(), true);
    // In use: refused, and it goes on.
    const auto refused = run({"unmount", folder_});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("unmount first what is mounted from it"));
    expect_content(mounted->path(), true);
  }
  {
    auto mounted = test::MountedVolume::ntfs(folder_ + "/windows.img", "ro");
    ASSERT_TRUE(mounted) << mounted.error();
    expect_content(mounted->path(), false);
  }
  unmount();
}

TEST_F(Mount, FilesHaveSizeTimeHolesAndNoWriters) {
  const std::string set = backup({"v=" + ext4_volume()}), file = folder_ + "/v.img";
  mount(set);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 48 << 20);
  EXPECT_EQ(status.st_mode, S_IFREG | 0400u);
  EXPECT_LT(status.st_blocks * 512, 20 << 20) << "du tells what is data";
  const auto finished = parse_utc_text(test::must(select_images(set)).manifest.finished_utc);
  EXPECT_EQ(status.st_mtim.tv_sec, std::chrono::system_clock::to_time_t(finished.value()));
  struct statvfs space {};
  ASSERT_EQ(::statvfs(folder_.c_str(), &space), 0);
  EXPECT_EQ(space.f_blocks * space.f_frsize, 48u << 20);
  EXPECT_EQ(space.f_bavail, 0u);

  EXPECT_EQ(::open(file.c_str(), O_RDWR | O_CLOEXEC), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(::open((folder_ + "/new").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(::unlink(file.c_str()), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_FALSE(fs::exists(folder_ + "/other"));

  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(handle, 0);
  ExtentList data;
  for (off_t at = 0; (at = ::lseek(handle, at, SEEK_DATA)) >= 0;) {
    const off_t end = ::lseek(handle, at, SEEK_HOLE);
    ASSERT_GT(end, at);
    data.push_back({static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(end - at)});
    at = end;
  }
  ::close(handle);
  ExtentList expected;
  const ImageReader reader = test::must(ImageReader::open(image_of(set)));
  for (const ImageRecord& record : reader.records())
    if ((record.flags & kRecordRun) == 0)
      expected.push_back({record.volume_offset, record.plain_bytes});
  EXPECT_EQ(data, normalized(expected));
  unmount();
}

TEST_F(Mount, ADamagedChunkIsEioAtExactlyItsPages) {
  const std::string set = backup({"v=" + ext4_volume(), "--all-blocks", "--chunk-size", "64KiB"});
  const auto truth = restored(set);
  const Extent lost = damage(image_of(set));
  mount(set);
  const int handle = ::open((folder_ + "/v.img").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(handle, 0);
  std::vector<std::byte> page(4096);
  for (std::uint64_t offset = 0; offset < truth.size(); offset += page.size()) {
    const bool bad = offset >= lost.offset && offset < lost.end();
    const ssize_t got = ::pread(handle, page.data(), page.size(), static_cast<off_t>(offset));
    ASSERT_EQ(got, bad ? -1 : static_cast<ssize_t>(page.size())) << offset;
    if (bad) {
      ASSERT_EQ(errno, EIO);
      continue;
    }
    ASSERT_TRUE(
        std::equal(page.begin(), page.end(), truth.begin() + static_cast<std::ptrdiff_t>(offset)))
        << offset;
  }
  ::close(handle);
  unmount();
}

TEST_F(Mount, ManyReadersAtOnceSeeTheTruth) {
  const std::string set = backup({"v=" + ext4_volume(), "--all-blocks", "--compress", "lz4"});
  const auto truth = restored(set);
  const auto up = run({"mount", set, folder_, "--cache", "8MiB"});
  ASSERT_EQ(up.code, 0) << up.err;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (unsigned seed = 0; seed < 6; ++seed)
    threads.emplace_back([&, seed] {
      // Past the page cache, or the server would hardly be asked.
      const int handle = ::open((folder_ + "/v.img").c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
      const AlignedBuffer buffer(256 << 10);
      std::mt19937_64 random(seed);
      for (int i = 0; i < 150; ++i) {
        const std::uint64_t offset = random() % (truth.size() - buffer.size()) / 4096 * 4096;
        if (::pread(handle, buffer.data(), buffer.size(), static_cast<off_t>(offset)) !=
                static_cast<ssize_t>(buffer.size()) ||
            std::memcmp(buffer.data(), truth.data() + offset, buffer.size()) != 0)
          ++wrong;
      }
      ::close(handle);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  unmount();
}

TEST_F(Mount, EverythingGoesHoweverItEnds) {
  const std::string set = backup({"v=" + large_volume(16 << 20)});
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGKILL}) {
    mount(set);
    EXPECT_TRUE(fs::exists(folder_ + "/v.img"));
    ::kill(process_of("tintype mount"), number);
    expect_nothing_left();
    EXPECT_TRUE(fs::is_empty(folder_));
  }
  for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
    test::ChildProgram child({TINTYPE_PROGRAM, "mount", set, folder_, "--foreground"});
    ASSERT_TRUE(child.wait_for_output("read-only\n")) << child.err();
    EXPECT_TRUE(test::read_file(folder_ + "/v.img") == test::read_file(dir_ / "large.raw"));
    child.signal(number);
    EXPECT_EQ(child.wait(), number == SIGKILL ? 128 + SIGKILL : 0);
    expect_nothing_left();
  }
  test::ChildProgram child({TINTYPE_PROGRAM, "mount", set, folder_, "--foreground"});
  ASSERT_TRUE(child.wait_for_output("read-only\n"));
  shell("fusermount3 -u " + folder_);
  EXPECT_EQ(child.wait(), 0);
  expect_nothing_left();
}

TEST_F(Mount, ErrorsAreSaidAndNothingIsMounted) {
  const std::string set = backup({"one=" + ext4_volume(), "two=" + ntfs_volume()});
  EXPECT_THAT(run({"mount", set, dir_ / "nowhere"}).err, HasSubstr("is not a folder"));
  EXPECT_THAT(run({"unmount", folder_}).err, HasSubstr("is not a mount of tintype"));
  EXPECT_THAT(run({"unmount", "/proc"}).err, HasSubstr("it is of type proc"));
  EXPECT_EQ(run({"mount", dir_ / "repo", folder_}).code, 2);
  // The second image of the set has no index any more.
  const std::string second = test::must(select_images(set)).images.at(1).path;
  fs::resize_file(second, fs::file_size(second) / 2);
  const auto damaged = run({"mount", set, folder_});
  EXPECT_EQ(damaged.code, 4) << damaged.err;
  expect_nothing_left();
  EXPECT_EQ(run({"mount", set + "/one", folder_}).code, 0);
  unmount();
  // Where fusermount3 cannot be found.
  const test::ChangedEnvironment nowhere("PATH", dir_ / "tmp");
  EXPECT_EQ(run({"unmount", folder_}).code, 1);
}

TEST_F(Mount, TheForegroundTellsWhySomebodyGotAnError) {
  const std::string image = image_with_unreadable();
  test::ChildProgram child({TINTYPE_PROGRAM, "mount", image, folder_, "--foreground"});
  ASSERT_TRUE(child.wait_for_output("read-only\n")) << child.err();
  const int handle = ::open((folder_ + "/holey.img").c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  EXPECT_EQ(::pread(handle, &byte, 1, (1 << 20) + 5), -1);
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(::pread(handle, &byte, 1, (1 << 20) + 4096), 1);
  ::close(handle);
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_THAT(child.err(), HasSubstr("bytes 1048576 to 1052671 of the volume in"));
  expect_nothing_left();
}

}  // namespace
}  // namespace tintype
