#include "io/file/extent_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "hashing/zero_block.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using test::ok;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kMiB = 1 << 20;

// A file with data only where the extents say.
std::string sparse_file(const test::TempDir& dir, const ExtentList& data,
                        std::uint64_t size_bytes) {
  const std::string path = dir / "sparse";
  std::filesystem::remove(path);
  auto file = must(File::create(path, Caching::page_cache));
  must(file.set_size(size_bytes));
  for (const Extent& extent : data)
    must(file.write_at(extent.offset, test::random_bytes(extent.length)));
  must(file.sync());
  return path;
}

// /tmp may be on a file system that keeps no holes: then there is nothing to map.
bool keeps_holes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_blocks) * 512 <
                                                   static_cast<std::uint64_t>(status.st_size);
}

TEST(ExtentMap, FindsTheDataOfASparseFile) {
  const test::TempDir dir;
  const ExtentList cases[] = {
      {{0, kMiB}},                                    // hole at the end
      {{3 * kMiB, kMiB}},                             // hole at the start
      {{kMiB, kMiB}, {3 * kMiB, 512 << 10}},          // several
      {{0, 64 << 10}, {4 * kMiB - 65536, 64 << 10}},  // hole in the middle
  };
  for (const ExtentList& data : cases) {
    const std::string path = sparse_file(dir, data, 4 * kMiB);
    if (!keeps_holes(path)) GTEST_SKIP() << "this file system keeps no holes";
    for (const Caching caching : {Caching::page_cache, Caching::direct_if_possible}) {
      const auto file = must(File::open_source(path, caching));
      EXPECT_EQ(must(data_extents(file)), data);
    }
  }
}

TEST(ExtentMap, AHoleReadsAsZerosAndDataIsNeverLeftOut) {
  const test::TempDir dir;
  // Unaligned places: the file system rounds outwards, never inwards.
  const ExtentList data = {{1000, 1}, {200'001, 70'000}, {kMiB - 1, 2}};
  const auto file =
      must(File::open_source(sparse_file(dir, data, 2 * kMiB + 777), Caching::page_cache));
  const ExtentList extents = must(data_extents(file));
  EXPECT_EQ(intersection(extents, data), data);
  EXPECT_LE(extents.back().end(), 2 * kMiB + 777);
  std::uint64_t at = 0;
  for (const Extent& extent : extents) {
    std::vector<std::byte> hole(extent.offset - at);
    EXPECT_EQ(must(file.read_at(at, hole)), hole.size());
    EXPECT_TRUE(is_zero(hole));
    at = extent.end();
  }
}

TEST(ExtentMap, AllHoleIsEmpty) {
  const test::TempDir dir;
  const std::string path = sparse_file(dir, {}, kMiB);
  if (!keeps_holes(path)) GTEST_SKIP() << "this file system keeps no holes";
  EXPECT_THAT(must(data_extents(must(File::open_source(path, Caching::page_cache)))), IsEmpty());
}

TEST(ExtentMap, AnEmptyFileIsEmpty) {
  const test::TempDir dir;
  const std::string path = sparse_file(dir, {}, 0);
  EXPECT_THAT(must(data_extents(must(File::open_source(path, Caching::page_cache)))), IsEmpty());
}

TEST(ExtentMap, AFullFileIsOneExtentToItsLastByte) {
  const test::TempDir dir;
  const std::string path = sparse_file(dir, {{0, kMiB + 1}}, kMiB + 1);
  EXPECT_THAT(must(data_extents(must(File::open_source(path, Caching::page_cache)))),
              ElementsAre(Extent{0, kMiB + 1}));
}

TEST(ExtentMap, SeesWhatWasWrittenAfterTheFileWasOpened) {
  const test::TempDir dir;
  const auto file = must(File::create(dir / "new", Caching::page_cache));
  EXPECT_EQ(file.geometry().size_bytes, 0u);
  must(file.write_at(0, test::random_bytes(8192)));
  EXPECT_THAT(must(data_extents(file)), ElementsAre(Extent{0, 8192}));
}

TEST(ExtentMap, ABlockDeviceIsOneExtent) {
  const test::TempDir dir;
  const std::string path = sparse_file(dir, {{kMiB, kMiB}}, 4 * kMiB);
  const auto loop = test::LoopDevice::attach(path);
  if (!loop) GTEST_SKIP() << loop.error();
  const auto device = must(File::open_source(loop->path(), Caching::direct_if_possible));
  EXPECT_THAT(must(data_extents(device)), ElementsAre(Extent{0, 4 * kMiB}));
}

TEST(ExtentMap, AClosedFileIsAnError) {
  EXPECT_EQ(data_extents(File()).error().code, std::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace tintype
