#include "io/source/open_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"

namespace tintype {
namespace {

using test::must;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto volume = open_volume(must(parse_volume_spec(text)));
  return volume ? "" : volume.error().line();
}

std::vector<std::byte> content_of(const std::string& text) {
  const auto volume = must(open_volume(must(parse_volume_spec(text))));
  std::vector<std::byte> bytes(volume->size_bytes());
  must(volume->read(0, bytes));
  return bytes;
}

void make_mbr_disk(const std::string& disk, const std::vector<std::byte>& first,
                   const std::vector<std::byte>& logical) {
  test::make_disk(disk, 4 << 20,
                  "label: dos\nstart=63, size=1000\nstart=2048, size=4096, type=5\n"
                  "start=4000, size=500\n");
  test::write_file(disk + ".a", first);
  test::put_into_disk(disk, disk + ".a", 63 * 512);
  test::write_file(disk + ".b", logical);
  test::put_into_disk(disk, disk + ".b", 4000 * 512);
}

TEST(OpenVolume, PartitionsAreVolumes) {
  test::TempDir dir;
  const auto first = test::random_bytes(1000 * 512, 1), logical = test::random_bytes(500 * 512, 2);
  make_mbr_disk(dir / "disk", first, logical);
  EXPECT_TRUE(content_of(dir / "disk#1") == first);
  EXPECT_TRUE(content_of(dir / "disk#5") == logical);
  EXPECT_EQ(content_of(dir / "disk").size(), 4u << 20);
  const auto volume = must(open_volume(must(parse_volume_spec(dir / "disk#5"))));
  EXPECT_EQ(volume->name(), dir / "disk#5");
}

TEST(OpenVolume, APartitionAtAnUnalignedPlaceIsReadThroughThePageCache) {
  test::TempDir dir;
  // Here direct I/O wants multiples of 4 KiB, and sector 63 is none.
  const auto tmpfs = test::TinyTmpfs::mount(dir / "small", 8 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  const auto first = test::random_bytes(1000 * 512, 1);
  make_mbr_disk(dir / "small/disk", first, test::random_bytes(500 * 512, 2));
  EXPECT_TRUE(content_of(dir / "small/disk#1") == first);
  const auto volume = must(open_volume(must(parse_volume_spec(dir / "small/disk#1"))));
  volume->map({0, volume->size_bytes()}, [](const Volume::Piece& piece) {
    ASSERT_NE(piece.file, nullptr);
    EXPECT_EQ(piece.file_offset % piece.file->geometry().sector_bytes, 0u);
  });
}

TEST(OpenVolume, MistakesAreOneLine) {
  test::TempDir dir;
  make_mbr_disk(dir / "disk", {}, {});
  EXPECT_THAT(error_of(dir / "missing#1"), HasSubstr("No such file"));
  EXPECT_THAT(error_of(dir / "disk#4"), HasSubstr("has no partition 4 (it has 1, 5)"));
  EXPECT_THAT(error_of(dir / "disk#2"), HasSubstr("only holds other partitions"));
  test::write_file(dir / "plain", std::vector<std::byte>(1 << 20));
  EXPECT_THAT(error_of(dir / "plain#1"), HasSubstr("has no partition table (leave out #1"));
  EXPECT_NE(error_of("nbd://127.0.0.1:1/x"), "");
  EXPECT_NE(error_of(dir / "plain@shadow:latest"), "");

  auto bytes = test::read_file(dir / "disk");
  bytes.resize(5000 * 512);
  test::write_file(dir / "cut", bytes);
  EXPECT_THAT(error_of(dir / "cut#5"), HasSubstr("partition 2, in which it lies"));
}

}  // namespace
}  // namespace tintype
