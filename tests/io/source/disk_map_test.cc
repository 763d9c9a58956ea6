#include "io/source/disk_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "hashing/endian.h"
#include "io/partition/mbr.h"
#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"
#include "tests/io/filesystem/map_probe.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::covers;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = FilesystemMap::Remark::Kind;

std::vector<std::string> paths(const FilesystemMap& map, const std::vector<std::string>& globs) {
  std::vector<std::string> found;
  for (const FileEntry& file : must(map.find(globs))) found.push_back(file.path);
  return found;
}

class DiskMapTest : public testing::Test {
 protected:
  DiskMapTest() {
    fs::create_directories(dir / "content/Mail");
    test::write_file(dir / "content/Mail/B.edb", big);
    test::write_file(dir / "content/small.txt", small);
    test::write_file(dir / "A.edb", big);
    test::write_file(dir / "small.txt", small);
    made = test::make_mixed_disk(dir / "disk", {dir / "A.edb", dir / "small.txt"}, dir / "content");
  }
  test::TempDir dir;
  const std::vector<std::byte> big = test::random_bytes(3'000'001, 1);
  const std::vector<std::byte> small = test::random_bytes(100, 2);
  test::MixedDisk made;
};

TEST_F(DiskMapTest, FilesOfAllPartitionsWithTheirPartitionInThePath) {
  const auto mapped = test::map_image(dir / "disk");
  const FilesystemMap& map = *mapped.map;
  EXPECT_EQ(map.type(), "gpt");
  EXPECT_EQ(map.label(), "#1 unknown, #2 ntfs mail, #3 ext4 data");
  EXPECT_THAT(paths(map, {"*.edb"}), ElementsAre("#2:/A.edb", "#3:/Mail/B.edb"));
  EXPECT_THAT(paths(map, {"/Mail/*.edb"}), ElementsAre("#3:/Mail/B.edb"));
  EXPECT_THAT(paths(map, {"#2:*.edb", "#3:/small.txt"}), ElementsAre("#2:/A.edb", "#3:/small.txt"));
  EXPECT_THAT(paths(map, {"#1:*", "#4:*", "#2:/Mail/*"}), IsEmpty());
  for (const FileEntry& file : must(map.find({"*.edb"})))
    EXPECT_TRUE(test::content_of(map, file) == big) << file.path;
  // Small ones: NTFS keeps this one in its record.
  for (const FileEntry& file : must(map.find({"small.txt"})))
    EXPECT_TRUE(test::content_of(map, file) == small) << file.path;
  test::expect_sound_runs(mapped);
  EXPECT_EQ(test::probe_map(*mapped.volume, map, 1), "");
}

TEST_F(DiskMapTest, RunsAreWhereTheBytesLieOnTheDisk) {
  const auto mapped = test::map_image(dir / "disk");
  for (const FileEntry& file : must(mapped.map->find({"*.edb"})))
    for (const FileRun& run : file.runs) {
      std::vector<std::byte> bytes(run.length);
      must(mapped.volume->read(run.volume_offset, bytes));
      const auto part = std::span(big).subspan(run.file_offset);
      EXPECT_TRUE(std::ranges::equal(std::span(bytes).first(std::min(part.size(), bytes.size())),
                                     part.first(std::min(part.size(), bytes.size()))));
    }
}

TEST_F(DiskMapTest, EverythingIsKeptButWhatAFileSystemCallsFree) {
  const auto mapped = test::map_image(dir / "disk");
  const ExtentList& kept = mapped.map->allocated();
  EXPECT_TRUE(covers(kept, {0, made.ntfs_offset + 512}));  // tables, boot loader, partition 1
  EXPECT_TRUE(covers(kept, {made.ntfs_offset + made.ntfs_bytes,
                            made.ext_offset - made.ntfs_offset - made.ntfs_bytes}));
  EXPECT_TRUE(covers(
      kept, {made.ext_offset + made.ext_bytes, made.bytes - made.ext_offset - made.ext_bytes}));
  EXPECT_LT(total_bytes(kept), made.bytes / 2);
  // The partitions' maps, alone, say the same of their parts.
  for (const auto& [offset, bytes] :
       {std::pair{made.ntfs_offset, made.ntfs_bytes}, std::pair{made.ext_offset, made.ext_bytes}}) {
    test::take_from_disk(dir / "disk", offset, bytes, dir / "part");
    ExtentList alone = test::map_image(dir / "part").map->allocated();
    for (Extent& extent : alone) extent.offset += offset;
    EXPECT_EQ(intersection(kept, {{offset, bytes}}), alone);
    fs::remove(dir / "part");
  }
  test::expect_free_is_free(dir / "disk");
}

TEST_F(DiskMapTest, OwnersAreNamedWithTheirPartition) {
  const auto mapped = test::map_image(dir / "disk");
  ExtentList ranges{{0, 512}, {made.gap_offset, 512}};
  std::vector<std::string> expected{"", ""};
  for (const FileEntry& file : must(mapped.map->find({"*.edb"}))) {
    ranges.push_back({file.runs.at(0).volume_offset + 4096, 512});
    expected.push_back(file.path);
  }
  // From the space before a partition into its first file system block.
  ranges.push_back({made.ext_offset - 512, 1024});
  expected.emplace_back("");
  const auto owners = must(mapped.map->owners(ranges));
  ASSERT_EQ(owners.size(), expected.size());
  for (std::size_t i = 0; i < owners.size(); ++i) EXPECT_EQ(owners[i].path, expected[i]) << i;
  EXPECT_EQ(owners[2].file_offset, 4096u);
}

TEST_F(DiskMapTest, APartitionWithoutAMapIsKeptWholeAndRemarked) {
  const auto mapped = test::map_image(dir / "disk");
  const auto remarks = mapped.map->remarks();
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_EQ(remarks[0].kind, Kind::taken_whole);  // an EFI system partition
  EXPECT_EQ(remarks[0].text, "#1: no file system was recognised");

  // ext4 becomes something nobody knows, and a partition table inside a partition is not followed.
  std::vector<std::byte> nothing(4096);
  test::write_file(dir / "zeros", nothing);
  ASSERT_EQ(test::run_command("dd if='" + dir / "zeros" + "' of='" + dir / "disk" +
                              "' bs=4096 seek=" + std::to_string(made.ext_offset / 4096) +
                              " conv=notrunc status=none")
                .exit_code,
            0);
  test::make_disk(dir / "inner", made.ntfs_bytes, "label: dos\nstart=2048, size=2048\n");
  auto head = test::read_file(dir / "inner");
  head.resize(4096);
  test::write_file(dir / "inner.head", head);
  ASSERT_EQ(test::run_command("dd if='" + dir / "inner.head" + "' of='" + dir / "disk" +
                              "' bs=4096 seek=" + std::to_string(made.ntfs_offset / 4096) +
                              " conv=notrunc status=none")
                .exit_code,
            0);
  const auto again = test::map_image(dir / "disk");
  const auto more = again.map->remarks();
  ASSERT_EQ(more.size(), 3u);
  EXPECT_EQ(more[1].text, "#2: it holds a partition table of its own");
  EXPECT_EQ(more[2].text, "#3: no file system was recognised");
  EXPECT_EQ(more[2].kind, Kind::files_missed);
  EXPECT_THAT(again.map->allocated(), ElementsAre(Extent{0, made.bytes}));
  EXPECT_THAT(paths(*again.map, {"*"}), IsEmpty());
}

TEST_F(DiskMapTest, PartitionsThatOverlapAreKeptWhole) {
  // The same file systems under a table that lets one reach into the other.
  test::MemoryVolume disk(test::read_file(dir / "disk"));
  test::make_disk(dir / "mbr", made.bytes, "label: dos\nstart=3MiB, size=48MiB, type=7\n");
  std::copy_n(test::read_file(dir / "mbr").begin(), 512, disk.bytes.begin());
  const auto entry = kMbrEntriesOffset + 16;
  disk.bytes[entry + 4] = std::byte{0x83};
  store_le<std::uint32_t>(disk.bytes, entry + 8, static_cast<std::uint32_t>(made.ext_offset / 512));
  store_le<std::uint32_t>(disk.bytes, entry + 12, static_cast<std::uint32_t>(made.ext_bytes / 512));
  const auto apart = must(open_disk_map(disk));
  EXPECT_THAT(apart->remarks(), IsEmpty());
  EXPECT_THAT(paths(*apart, {"*.edb"}), ElementsAre("#1:/A.edb", "#2:/Mail/B.edb"));

  store_le<std::uint32_t>(disk.bytes, kMbrEntriesOffset + 12,
                          static_cast<std::uint32_t>((made.ext_offset + 512) / 512));
  const auto map = must(open_disk_map(disk));
  ASSERT_EQ(map->remarks().size(), 2u);
  EXPECT_EQ(map->remarks()[0].text, "#1: it overlaps partition 2");
  EXPECT_EQ(map->remarks()[1].text, "#2: it overlaps partition 1");
  EXPECT_THAT(map->allocated(), ElementsAre(Extent{0, made.bytes}));
  EXPECT_THAT(paths(*map, {"*.edb"}), IsEmpty());
}

TEST_F(DiskMapTest, ATableAndAFileSystemOnOneDiskIsAConflict) {
  test::make_ext(dir / "ext", 8 << 20, "-t ext4");
  test::make_disk(dir / "mbr", 8 << 20, "label: dos\nstart=2048, size=2048\n");
  auto bytes = test::read_file(dir / "ext");
  std::copy_n(test::read_file(dir / "mbr").begin(), 512, bytes.begin());
  const auto probe = probe_filesystem(test::MemoryVolume(bytes));
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().line(), HasSubstr("both a partition table (mbr) and a file system"));
}

TEST_F(DiskMapTest, ADamagedTableIsRemarkedAndUsed) {
  test::MemoryVolume disk(test::read_file(dir / "disk"));
  disk.bytes[600] ^= std::byte{1};
  const auto map = must(open_disk_map(disk));
  ASSERT_EQ(map->remarks().size(), 2u);
  EXPECT_EQ(map->remarks()[0].kind, Kind::damage);
  EXPECT_THAT(paths(*map, {"*.edb"}), ElementsAre("#2:/A.edb", "#3:/Mail/B.edb"));
}

}  // namespace
}  // namespace tintype
