#include "engine/monitor/volume_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tintype {
namespace {

struct Sums {
  std::uint64_t bytes = 0, captured = 0, zero = 0, unreadable = 0, database = 0, log = 0, bad = 0;
  bool operator==(const Sums&) const = default;
};
Sums sums_of(const VolumeMap& map) {
  Sums sums;
  for (std::size_t i = 0; i < map.cells().size(); ++i) {
    const VolumeMap::Cell& cell = map.cells()[i];
    EXPECT_LE(cell.captured_bytes, map.bytes_of(i));
    EXPECT_EQ(cell.data_bytes() + cell.zero_bytes + cell.unreadable_bytes, cell.captured_bytes);
    sums.bytes += map.bytes_of(i);
    sums.captured += cell.captured_bytes;
    sums.zero += cell.zero_bytes;
    sums.unreadable += cell.unreadable_bytes;
    sums.database += cell.database_bytes;
    sums.log += cell.log_bytes;
    sums.bad += cell.bad_bytes;
  }
  return sums;
}

TEST(VolumeMap, CellsAreFewPowersOfTwoAndAddUpToTheVolume) {
  const std::uint64_t sizes[] = {0,
                                 1,
                                 4095,
                                 4096,
                                 4097,
                                 8 << 20,
                                 (8 << 20) + 1,
                                 5'000'000'000,
                                 64ull << 40,
                                 (std::uint64_t{1} << 62) + 12345};
  for (const std::uint64_t size : sizes) {
    const VolumeMap map("v", size);
    EXPECT_LE(map.cells().size(), VolumeMap::kCellsMax) << size;
    EXPECT_EQ(map.cell_bytes() & (map.cell_bytes() - 1), 0u) << size;
    EXPECT_EQ(sums_of(map).bytes, size);
    if (size > VolumeMap::kCellsMax * VolumeMap::kCellBytesMin) {
      EXPECT_GT(map.cells().size(), VolumeMap::kCellsMax / 2) << size;
    }
  }
}

// The slow twin: one byte of knowledge a byte of the volume.
TEST(VolumeMap, RandomExtentsAddUpAsBytesDo) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t size = 1 + random() % 300'000;
    std::vector<char> bytes(size, 'f');  // f free, z zero, d data, u unreadable
    const auto some = [&](char of, char becomes, std::size_t count) {
      ExtentList list;
      for (std::size_t i = 0; i < count; ++i) {
        const Extent range{random() % size, random() % 20'000};
        for (std::uint64_t at = range.offset; at < std::min(range.end(), size); ++at)
          if (bytes[at] == of) bytes[at] = becomes;
      }
      for (std::uint64_t at = 0; at < size; ++at)
        if (bytes[at] == becomes) list.push_back({at, 1});
      return normalized(std::move(list));
    };
    const auto count = [&](char what) {
      return static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), what));
    };
    VolumeMap map("v", size);
    const ExtentList captured = some('f', 'z', 20);
    const ExtentList data = some('z', 'd', 15);
    const std::uint64_t free = count('f');
    map.set_captured(captured, data);
    Sums expected{.bytes = size, .captured = size - free, .zero = count('z')};
    EXPECT_EQ(sums_of(map), expected) << "seed " << seed;
    map.add_zeros(some('d', 'Z', 10));
    map.add_unreadable(some('d', 'u', 5));
    expected.zero = count('z') + count('Z');
    expected.unreadable = count('u');
    EXPECT_EQ(sums_of(map), expected) << "seed " << seed;
    while (map.cells().size() > 1) {
      map.coarsen();
      EXPECT_EQ(sums_of(map), expected) << "seed " << seed;
    }
  }
}

TEST(VolumeMap, FilesLieWhereTheirRunsDo) {
  VolumeMap map("v", 64 << 12);
  const FileRun database[] = {{0, 5000, 6000}, {6000, 40 << 12, 100}};
  const FileRun log[] = {{0, 8192, 4096}};
  map.add_file(VolumeMap::FileKind::database, "/a.edb", 6100, database);
  map.add_file(VolumeMap::FileKind::log, "/E00.log", 4096, log);
  EXPECT_EQ(sums_of(map).database, 6100u);
  EXPECT_EQ(sums_of(map).log, 4096u);
  EXPECT_EQ(map.cells()[1].database_bytes, 8192u - 5000);
  EXPECT_EQ(map.cells()[2].database_bytes, 11000u - 8192);
  EXPECT_EQ(map.cells()[2].files_kept, 2);
  EXPECT_EQ(map.cells()[2].files[1], 1);
  EXPECT_EQ(map.cells()[40].files_kept, 1);
  EXPECT_EQ(map.files()[0].runs, 2u);
  EXPECT_EQ(map.files()[1].path, "/E00.log");
}

TEST(VolumeMap, NamesOfFilesAreBoundedTheirBytesCountAllTheSame) {
  VolumeMap map("v", 1 << 20);
  const FileRun here[] = {{0, 0, 100}};
  const std::size_t count = VolumeMap::kFilesMax + 100;
  for (std::size_t i = 0; i < count; ++i) map.add_file(VolumeMap::FileKind::log, "/log", 100, here);
  EXPECT_EQ(map.files().size(), VolumeMap::kFilesMax);
  EXPECT_EQ(map.files_total(), count);
  EXPECT_EQ(map.cells()[0].log_bytes, 100 * count);
  EXPECT_EQ(map.cells()[0].files_kept, VolumeMap::Cell::kFilesMax);
  EXPECT_TRUE(map.cells()[0].more_files);
  EXPECT_FALSE(map.cells()[1].more_files);
}

TEST(VolumeMap, WhatLiesOutsideIsNotDrawn) {
  VolumeMap map("v", 10'000);
  map.add_bad({9'000, 5'000});
  EXPECT_EQ(sums_of(map).bad, 1'000u);
  map.add_bad({10'000, 1});
  map.add_bad({~std::uint64_t{0}, 100});
  map.add_bad({~std::uint64_t{0} - 5, 100});
  EXPECT_EQ(sums_of(map).bad, 1'000u);
}

TEST(VolumeMap, WhatAnImageClaimsCannotMakeNegativeData) {
  VolumeMap map("v", 4096);
  map.set_captured({{0, 100}}, {{0, 100}});
  const Extent lie{0, 4096};
  map.add_zeros({&lie, 1});
  EXPECT_EQ(map.cells()[0].data_bytes(), 0u);
}

}  // namespace
}  // namespace tintype
