#include "io/volume/raw_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using test::ok;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

std::vector<Volume::Piece> pieces_of(const Volume& volume, Extent range) {
  std::vector<Volume::Piece> pieces;
  volume.map(range, [&](const Volume::Piece& piece) { pieces.push_back(piece); });
  return pieces;
}

TEST(RawVolume, ReadsAnyRangeOfAFile) {
  const test::TempDir dir;
  const auto content = test::random_bytes(kMiB + 777);
  test::write_file(dir / "image", content);
  const auto volume = must(open_raw_volume(dir / "image"));
  EXPECT_EQ(volume->name(), dir / "image");
  EXPECT_EQ(volume->size_bytes(), kMiB + 777);
  for (const Extent& range :
       {Extent{0, 1}, Extent{511, 2}, Extent{4095, 8193}, Extent{0, kMiB + 777},
        Extent{kMiB + 776, 1}, Extent{kMiB + 777, 0}, Extent{0, 0}}) {
    std::vector<std::byte> bytes(range.length);
    ASSERT_TRUE(ok(volume->read(range.offset, bytes))) << range.offset;
    EXPECT_TRUE(std::ranges::equal(bytes, std::span(content).subspan(range.offset, range.length)));
  }
}

TEST(RawVolume, ReadOutsideIsAnErrorNotAShortRead) {
  const test::TempDir dir;
  test::write_file(dir / "image", test::random_bytes(8192));
  const auto volume = must(open_raw_volume(dir / "image"));
  std::vector<std::byte> bytes(4096);
  for (const std::uint64_t offset :
       {std::uint64_t{4097}, std::uint64_t{8192}, ~std::uint64_t{0}, ~std::uint64_t{0} - 4095}) {
    const auto read = volume->read(offset, bytes);
    ASSERT_FALSE(read) << offset;
    EXPECT_THAT(read.error().line(), HasSubstr("it has only 8192"));
  }
}

TEST(RawVolume, AFileThatWasCutMeanwhileIsAnError) {
  const test::TempDir dir;
  test::write_file(dir / "image", test::random_bytes(8192));
  const auto volume = must(open_raw_volume(dir / "image"));
  std::filesystem::resize_file(dir / "image", 5000);
  std::vector<std::byte> bytes(4096);
  const auto read = volume->read(4096, bytes);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().line(), HasSubstr("at offset 5000: it ends early"));
}

TEST(RawVolume, MapIsOnePieceOfTheFileItself) {
  const test::TempDir dir;
  const auto content = test::random_bytes(kMiB);
  test::write_file(dir / "image", content);
  const auto volume = must(open_raw_volume(dir / "image"));
  const auto pieces = pieces_of(*volume, {.offset = 8192, .length = 16384});
  ASSERT_EQ(pieces.size(), 1u);
  ASSERT_NE(pieces[0].file, nullptr);
  EXPECT_EQ(pieces[0].file_offset, 8192u);
  EXPECT_EQ(pieces[0].length, 16384u);
  EXPECT_EQ(pieces[0].file->path(), dir / "image");
  EXPECT_TRUE(pieces_of(*volume, {.offset = 4096, .length = 0}).empty());
  EXPECT_TRUE(pieces_of(*volume, {.offset = kMiB, .length = 0}).empty());
}

TEST(RawVolumeDeathTest, MapOutsideAborts) {
  const test::TempDir dir;
  test::write_file(dir / "image", test::random_bytes(8192));
  const auto volume = must(open_raw_volume(dir / "image"));
  EXPECT_DEATH(pieces_of(*volume, {.offset = 4096, .length = 4097}), "outside the volume");
  EXPECT_DEATH(pieces_of(*volume, {.offset = ~std::uint64_t{0}, .length = 2}),
               "outside the volume");
}

TEST(RawVolume, DataExtentsStayInsideTheSizeItWasOpenedWith) {
  const test::TempDir dir;
  test::write_file(dir / "image", test::random_bytes(65536));
  const auto volume = must(open_raw_volume(dir / "image"));
  test::write_file(dir / "image", test::random_bytes(2 * 65536));
  EXPECT_EQ(must(volume->data_extents()), (ExtentList{{0, 65536}}));
}

TEST(RawVolume, ABlockDeviceTellsItsSectorAndSize) {
  const test::TempDir dir;
  const auto content = test::random_bytes(4 * kMiB);
  test::write_file(dir / "image", content);
  const auto loop = test::LoopDevice::attach(dir / "image", 4096);
  if (!loop) GTEST_SKIP() << loop.error();
  const auto volume = must(open_raw_volume(loop->path()));
  EXPECT_EQ(volume->size_bytes(), 4 * kMiB);
  EXPECT_EQ(volume->sector_bytes(), 4096u);
  EXPECT_EQ(must(volume->data_extents()), (ExtentList{{0, 4 * kMiB}}));
  std::vector<std::byte> bytes(1000);
  ASSERT_TRUE(ok(volume->read(12'345, bytes)));
  EXPECT_TRUE(std::ranges::equal(bytes, std::span(content).subspan(12'345, 1000)));
}

TEST(RawVolume, WhatIsNoVolumeIsRefusedInOneLine) {
  const test::TempDir dir;
  test::write_file(dir / "empty", {});
  EXPECT_THAT(open_raw_volume(dir / "empty").error().line(), HasSubstr("/empty: it is empty"));
  EXPECT_THAT(open_raw_volume(dir / "missing").error().line(), HasSubstr("No such file"));
  EXPECT_THAT(open_raw_volume(dir.path().string()).error().line(), HasSubstr("Is a directory"));
  EXPECT_THAT(open_raw_volume("/dev/null").error().line(),
              HasSubstr("neither a file nor a block device"));
}

}  // namespace
}  // namespace tintype
