#include "io/volume/slice_volume.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::must;
using test::ok;

TEST(SliceVolume, ReadsItsRangeAndNothingElse) {
  const auto content = test::random_bytes(10000);
  const test::MemoryVolume base(content);
  const SliceVolume slice("disk#2", base, {1000, 3000});
  EXPECT_EQ(slice.name(), "disk#2");
  EXPECT_EQ(slice.size_bytes(), 3000u);
  EXPECT_EQ(slice.sector_bytes(), base.sector_bytes());
  std::vector<std::byte> bytes(3000);
  must(slice.read(0, bytes));
  EXPECT_TRUE(std::ranges::equal(bytes, std::span(content).subspan(1000, 3000)));
  bytes.resize(1);
  must(slice.read(2999, bytes));
  EXPECT_EQ(bytes[0], content[3999]);
  EXPECT_FALSE(slice.read(3000, bytes));
  EXPECT_FALSE(slice.read(~std::uint64_t{0}, bytes));
  must(slice.read(3000, {}));
  bytes.resize(3001);
  EXPECT_FALSE(slice.read(0, bytes));
}

TEST(SliceVolume, MapsAndTellsDataByItsOwnOffsets) {
  test::TempDir dir;
  {
    const File file = must(File::create(dir / "disk", Caching::page_cache));
    must(file.set_size(4 << 20));
    must(file.write_at(1 << 20, test::random_bytes(64 << 10)));
  }
  const SliceVolume slice("s", must(open_raw_volume(dir / "disk")), {1 << 19, 2 << 20});
  std::uint64_t at = 0;
  slice.map({4096, 8192}, [&](const Volume::Piece& piece) {
    ASSERT_NE(piece.file, nullptr);
    EXPECT_EQ(piece.file_offset, (1u << 19) + 4096 + at);
    at += piece.length;
  });
  EXPECT_EQ(at, 8192u);
  const ExtentList data = must(slice.data_extents());
  ASSERT_EQ(data.size(), 1u);
  EXPECT_LE(data[0].offset, 1u << 19);
  EXPECT_GE(data[0].end(), (1u << 19) + (64u << 10));
  EXPECT_LE(data[0].end(), slice.size_bytes());
}

}  // namespace
}  // namespace tintype
