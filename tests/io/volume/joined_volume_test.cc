#include "io/volume/joined_volume.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

constexpr std::uint64_t kAlign = 4096;

std::unique_ptr<Volume> in_memory(std::vector<std::byte> bytes) {
  return std::make_unique<test::MemoryVolume>(std::move(bytes));
}

JoinedVolume join(std::vector<std::vector<std::byte>> contents) {
  std::vector<std::unique_ptr<Volume>> parts;
  for (auto& content : contents) parts.push_back(in_memory(std::move(content)));
  return JoinedVolume("all", std::move(parts), kAlign);
}

TEST(JoinedVolume, EachPartStartsAtAMultiple) {
  const JoinedVolume joined = join({std::vector<std::byte>(5000), std::vector<std::byte>(4096),
                                    std::vector<std::byte>(1), std::vector<std::byte>(7)});
  ASSERT_EQ(joined.parts(), 4u);
  EXPECT_EQ(joined.place_of(0), (Extent{0, 5000}));
  EXPECT_EQ(joined.place_of(1), (Extent{8192, 4096}));
  EXPECT_EQ(joined.place_of(2), (Extent{12288, 1}));
  EXPECT_EQ(joined.place_of(3), (Extent{16384, 7}));
  EXPECT_EQ(joined.size_bytes(), 16391u);
  for (const auto& [offset, part] :
       {std::pair{0u, 0u}, {4999u, 0u}, {8191u, 0u}, {8192u, 1u}, {12288u, 2u}, {16390u, 3u}})
    EXPECT_EQ(joined.part_at(offset), part) << offset;
  const ExtentList expected{{0, 5000}, {8192, 4097}, {16384, 7}};
  EXPECT_EQ(*joined.data_extents(), expected);
}

TEST(JoinedVolume, ReadsAnyRangeAndZerosBetween) {
  std::vector<std::byte> all(16391);
  std::vector<std::vector<std::byte>> contents;
  std::size_t at = 0;
  for (const std::size_t bytes : {5000u, 4096u, 1u, 7u}) {
    contents.push_back(test::random_bytes(bytes, bytes));
    std::ranges::copy(contents.back(), all.begin() + static_cast<std::ptrdiff_t>(at));
    at = (at + bytes + kAlign - 1) / kAlign * kAlign;
  }
  const JoinedVolume joined = join(contents);
  for (const Extent range : {Extent{0, 16391},
                             {4999, 2},
                             {5000, 3192},
                             {5001, 10},
                             {8191, 4098},
                             {12289, 4096},
                             {16391, 0}}) {
    std::vector<std::byte> got(range.length, std::byte{0x55});
    EXPECT_TRUE(test::ok(joined.read(range.offset, got)));
    EXPECT_TRUE(std::ranges::equal(got, std::span(all).subspan(range.offset, range.length)))
        << range.offset;
    std::uint64_t mapped = 0;
    joined.map(range, [&](const Volume::Piece& piece) { mapped += piece.length; });
    EXPECT_EQ(mapped, range.length);
  }
  std::vector<std::byte> one(1);
  EXPECT_FALSE(joined.read(16391, one));
  EXPECT_FALSE(joined.read(~std::uint64_t{0}, one));
}

TEST(JoinedVolume, MapsIntoTheFilesOfItsParts) {
  const test::TempDir dir;
  std::vector<std::unique_ptr<Volume>> parts;
  for (const char* name : {"a", "b"}) {
    test::write_file(dir / name, test::random_bytes(5000, 1));
    parts.push_back(test::must(open_raw_volume(dir / name)));
  }
  const JoinedVolume joined("all", std::move(parts), kAlign);
  std::vector<Volume::Piece> pieces;
  joined.map({4000, 6000}, [&](const Volume::Piece& piece) { pieces.push_back(piece); });
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[0].file->path(), dir / "a");
  EXPECT_EQ(pieces[0].file_offset, 4000u);
  EXPECT_EQ(pieces[0].length, 1000u);
  EXPECT_EQ(pieces[1].file, nullptr);
  EXPECT_EQ(pieces[1].length, 3192u);
  EXPECT_EQ(pieces[2].file->path(), dir / "b");
  EXPECT_EQ(pieces[2].file_offset, 0u);
  EXPECT_EQ(pieces[2].length, 1808u);
}

TEST(JoinedVolume, APartThatCannotBeReadIsAnError) {
  auto bad = std::make_unique<test::MemoryVolume>(std::vector<std::byte>(512));
  bad->unreadable = {{0, 512}};
  std::vector<std::unique_ptr<Volume>> parts;
  parts.push_back(in_memory(std::vector<std::byte>(512)));
  parts.push_back(std::move(bad));
  const JoinedVolume joined("all", std::move(parts), kAlign);
  std::vector<std::byte> bytes(4096 + 10);
  EXPECT_FALSE(joined.read(0, bytes));
  EXPECT_TRUE(test::ok(joined.read(0, std::span(bytes).first(4096))));
}

}  // namespace
}  // namespace tintype
