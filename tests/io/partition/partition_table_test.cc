#include "io/partition/partition_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "hashing/endian.h"
#include "io/partition/gpt.h"
#include "io/partition/mbr.h"
#include "io/volume/raw_volume.h"
#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/memory_volume.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PartitionTable table_of(const std::string& disk) {
  return must(read_partition_table(*must(open_raw_volume(disk))));
}

// The same partitions as sfdisk says, extended ones included.
void expect_same(const PartitionTable& table, const test::SfdiskTable& sfdisk) {
  EXPECT_EQ(table.scheme == PartitionScheme::gpt ? "gpt" : "dos", sfdisk.label);
  EXPECT_EQ(table.disk_id, sfdisk.id);
  ASSERT_EQ(table.partitions.size(), sfdisk.partitions.size());
  for (std::size_t i = 0; i < sfdisk.partitions.size(); ++i) {
    const Partition& ours = table.partitions[i];
    const test::SfdiskPartition& theirs = sfdisk.partitions[i];
    SCOPED_TRACE(theirs.number);
    EXPECT_EQ(ours.number, theirs.number);
    EXPECT_EQ(ours.range.offset, theirs.start * 512);
    EXPECT_EQ(ours.range.length, theirs.sectors * 512);
    EXPECT_EQ(ours.type, theirs.type);
    EXPECT_EQ(ours.name, theirs.name);
    EXPECT_EQ(ours.guid, table.scheme == PartitionScheme::gpt ? theirs.uuid : "");
    EXPECT_EQ(ours.problem, "");
  }
}

constexpr const char* kGptScript =
    "label: gpt\n"
    "start=2048, size=2048, type=uefi, name=\"EFI system\"\n"
    "start=8192, size=1001, type=linux, name=\"D\xC3\xA4ten \xF0\x9F\x98\x80\"\n"
    "start=4096, size=2048, type=swap\n";
constexpr const char* kMbrScript =
    "label: dos\n"
    "start=2048, size=2048, type=7, bootable\n"
    "start=8192, size=32768, type=5\n"
    "start=4096, size=1000, type=83\n"
    "start=10240, size=2048, type=83\n"  // 5
    "start=14336, size=4096, type=82\n"
    "start=20480, size=1, type=b\n";

class PartitionTableTest : public testing::Test {
 protected:
  // A copy in memory to be changed.
  [[nodiscard]] test::MemoryVolume in_memory() const {
    return test::MemoryVolume(test::read_file(disk));
  }
  test::TempDir dir;
  const std::string disk = dir / "disk";
};

TEST_F(PartitionTableTest, GptIsReadAsSfdiskReadsIt) {
  test::make_disk(disk, 8 << 20, kGptScript);
  const PartitionTable table = table_of(disk);
  expect_same(table, test::sfdisk_table(disk));
  EXPECT_EQ(table.sector_bytes, 512u);
  EXPECT_THAT(table.remarks, IsEmpty());
  EXPECT_TRUE(table.find(1)->holds_no_files());
  EXPECT_FALSE(table.find(2)->holds_no_files());
  EXPECT_TRUE(table.find(3)->holds_no_files());
  EXPECT_EQ(table.find(4), nullptr);
  const std::uint64_t end = 8 << 20;
  EXPECT_THAT(table.metadata, ElementsAre(Extent{0, 34 * 512}, Extent{end - 33 * 512, 33 * 512}));
}

TEST_F(PartitionTableTest, MbrWithLogicalPartitionsIsReadAsSfdiskReadsIt) {
  test::make_disk(disk, 32 << 20, kMbrScript);
  const PartitionTable table = table_of(disk);
  expect_same(table, test::sfdisk_table(disk));
  ASSERT_EQ(table.partitions.size(), 6u);
  EXPECT_TRUE(table.find(2)->container);
  EXPECT_FALSE(table.find(5)->container);
  EXPECT_EQ(table.metadata.size(), 4u);  // the record and three links
}

TEST_F(PartitionTableTest, ManyLogicalPartitionsInAnyOrder) {
  std::string script = "label: dos\nstart=2048, size=240000, type=f\n";
  for (int i = 0; i < 55; ++i)
    script += "start=" + std::to_string(4096 + i * 4096) + ", size=1024, type=83\n";
  test::make_disk(disk, 128 << 20, script);
  expect_same(table_of(disk), test::sfdisk_table(disk));
  // Deleted and made again: the chain jumps back.
  ASSERT_EQ(test::run_command("sfdisk -q --delete '" + disk +
                              "' 7 20 &&"
                              "echo 'start=12288, size=512, type=83' | sfdisk -q -a '" +
                              disk + "'")
                .exit_code,
            0);
  expect_same(table_of(disk), test::sfdisk_table(disk));
}

TEST_F(PartitionTableTest, GptWithSectorsOf4096Bytes) {
  fs::resize_file((test::write_file(disk, {}), disk), 64 << 20);
  ASSERT_EQ(test::run_command(
                "printf 'g\\nn\\n\\n\\n+1000\\nn\\n5\\n\\n\\nw\\n' | fdisk -b 4096 '" + disk + "'")
                .exit_code,
            0);
  const PartitionTable table = table_of(disk);
  EXPECT_EQ(table.sector_bytes, 4096u);
  ASSERT_EQ(table.partitions.size(), 2u);
  EXPECT_EQ(table.partitions[0].range, (Extent{1 << 20, 1001 * 4096}));
  EXPECT_EQ(table.partitions[1].number, 5u);
  EXPECT_THAT(table.remarks, IsEmpty());
}

TEST_F(PartitionTableTest, AnMbrOf4096ByteSectorsIsToldByWhatItsPartitionsHold) {
  fs::resize_file((test::write_file(disk, {}), disk), 64 << 20);
  ASSERT_EQ(test::run_command("printf 'o\\nn\\np\\n\\n1024\\n+4095\\nw\\n' | fdisk -b 4096 '" +
                              disk + "'")
                .exit_code,
            0);
  EXPECT_EQ(table_of(disk).sector_bytes, 512u);  // nothing in it tells
  test::make_ext(dir / "ext", 16 << 20, "-t ext4");
  test::put_into_disk(disk, dir / "ext", 1024 * 4096);
  const PartitionTable table = table_of(disk);
  EXPECT_EQ(table.sector_bytes, 4096u);
  EXPECT_EQ(table.partitions.at(0).range, (Extent{1024 * 4096, 16 << 20}));
}

TEST_F(PartitionTableTest, ADeviceKnowsItsSectors) {
  fs::resize_file((test::write_file(disk, {}), disk), 64 << 20);
  const auto loop = test::LoopDevice::attach(disk, 4096);
  if (!loop) GTEST_SKIP() << loop.error();
  ASSERT_EQ(test::run_command("echo 'start=1024, size=4096, type=83' | sfdisk -q " + loop->path())
                .exit_code,
            0);
  const PartitionTable table = table_of(loop->path());
  EXPECT_EQ(table.sector_bytes, 4096u);
  EXPECT_EQ(table.partitions.at(0).range, (Extent{1024 * 4096, 16 << 20}));
}

TEST_F(PartitionTableTest, ADamagedPrimaryGptFallsBackToTheBackupAndSaysSo) {
  test::make_disk(disk, 8 << 20, kGptScript);
  const auto sound = table_of(disk);
  for (const std::size_t at : {512u, 512u + 0x28, 512u + 0x58, 2u * 512, 2u * 512 + 40}) {
    auto damaged = in_memory();
    damaged.bytes[at] ^= std::byte{1};
    const PartitionTable table = must(read_partition_table(damaged));
    ASSERT_EQ(table.partitions.size(), sound.partitions.size()) << at;
    for (std::size_t i = 0; i < table.partitions.size(); ++i)
      EXPECT_EQ(table.partitions[i].range, sound.partitions[i].range);
    ASSERT_EQ(table.remarks.size(), 1u);
    EXPECT_THAT(table.remarks[0], HasSubstr("the primary GPT is damaged"));
  }
  auto unreadable = in_memory();
  unreadable.unreadable = {{512, 512}};
  EXPECT_THAT(must(read_partition_table(unreadable)).remarks.at(0), HasSubstr("error"));
}

TEST_F(PartitionTableTest, ADamagedBackupGptIsRemarked) {
  test::make_disk(disk, 8 << 20, kGptScript);
  auto damaged = in_memory();
  damaged.bytes[damaged.bytes.size() - 500] ^= std::byte{1};
  EXPECT_THAT(must(read_partition_table(damaged)).remarks,
              ElementsAre(HasSubstr("the backup GPT in sector 16383 is damaged")));

  auto both = damaged;
  both.bytes[520] ^= std::byte{1};
  const auto refused = read_partition_table(both);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("damaged in both places"));
}

TEST_F(PartitionTableTest, AGrownDiskHasItsBackupInTheMiddle) {
  test::make_disk(disk, 8 << 20, kGptScript);
  fs::resize_file(disk, 9 << 20);
  const PartitionTable table = table_of(disk);
  EXPECT_EQ(table.partitions.size(), 3u);
  EXPECT_THAT(table.remarks, ElementsAre(HasSubstr("not at the end")));
}

TEST_F(PartitionTableTest, TwoSoundCopiesThatDifferAreRemarked) {
  test::make_disk(disk, 8 << 20, kGptScript);
  auto differing = in_memory();
  GptCopy backup = must(read_gpt_copy(differing, 512, 16383));
  backup.entries[0x38] = std::byte{'X'};
  seal_gpt_copy(backup);
  std::ranges::copy(backup.sector, differing.bytes.end() - 512);
  std::ranges::copy(backup.entries, differing.bytes.end() - 33 * 512);
  EXPECT_THAT(must(read_partition_table(differing)).remarks, ElementsAre(HasSubstr("differ")));
}

TEST_F(PartitionTableTest, PartitionsThatPassTheEndOrOverlapAreNotToBeOpened) {
  test::make_disk(disk, 32 << 20, kMbrScript);
  auto cut = in_memory();
  cut.bytes.resize(15000 * 512);
  PartitionTable table = must(read_partition_table(cut));
  EXPECT_EQ(table.find(1)->problem, "");
  EXPECT_THAT(table.find(2)->problem, HasSubstr("ends behind"));
  EXPECT_EQ(table.find(2)->range.end(), cut.bytes.size());
  EXPECT_NE(table.find(5)->problem, "");  // of an extended partition that makes no sense
  EXPECT_THAT(table.find(6)->problem, HasSubstr("ends behind"));

  auto overlap = in_memory();
  store_le<std::uint32_t>(overlap.bytes, kMbrEntriesOffset + 8, 4000);  // 1: 4000 to 6047
  table = must(read_partition_table(overlap));
  EXPECT_EQ(table.find(1)->problem, "it overlaps partition 3");
  EXPECT_EQ(table.find(3)->problem, "it overlaps partition 1");
  EXPECT_EQ(table.find(2)->problem, "");
  EXPECT_EQ(table.find(6)->problem, "");
}

TEST_F(PartitionTableTest, ChainsThatLoopBreakOrLeaveTheirPlaceEnd) {
  test::make_disk(disk, 32 << 20, kMbrScript);
  // The links lie at 8192 and two later sectors; their second entry says where the next one is.
  const std::uint64_t first = 8192 * 512, next_field = kMbrEntriesOffset + 16 + 8;
  const auto link = load_le<std::uint32_t>(test::read_file(disk), first + next_field);

  auto loop = in_memory();
  store_le<std::uint32_t>(loop.bytes, (8192 + link) * 512 + next_field, link);
  PartitionTable table = must(read_partition_table(loop));
  EXPECT_THAT(table.remarks, ElementsAre(HasSubstr("leads back")));
  EXPECT_NE(table.find(6), nullptr);
  EXPECT_EQ(table.find(7), nullptr);

  auto broken = in_memory();
  broken.bytes[(8192 + link) * 512 + 510] = std::byte{0};
  table = must(read_partition_table(broken));
  EXPECT_THAT(table.remarks, ElementsAre(HasSubstr("broken at sector")));
  EXPECT_NE(table.find(5), nullptr);
  EXPECT_EQ(table.find(6), nullptr);

  auto away = in_memory();
  store_le<std::uint32_t>(away.bytes, first + next_field, 40000);
  EXPECT_THAT(must(read_partition_table(away)).remarks, ElementsAre(HasSubstr("leaves its place")));

  auto unreadable = in_memory();
  unreadable.unreadable = {{(8192 + link) * 512, 512}};
  EXPECT_THAT(must(read_partition_table(unreadable)).remarks,
              ElementsAre(HasSubstr("cannot be read")));
}

TEST_F(PartitionTableTest, FileSystemsAndEmptyDisksHaveNoTable) {
  const auto expect_none = [&](const std::string& what) {
    EXPECT_EQ(table_of(disk).scheme, PartitionScheme::none) << what;
    fs::remove(disk);
  };
  test::make_ntfs(disk);
  expect_none("ntfs");
  test::make_ext(disk, 8 << 20, "-t ext4");
  expect_none("ext4");
  test::write_file(disk, std::vector<std::byte>(1 << 20));
  expect_none("zeros");
  test::write_file(disk, std::vector<std::byte>(512, std::byte{1}));
  expect_none("one sector");

  std::vector<std::byte> fat(1 << 20);
  store_le<std::uint16_t>(fat, 11, 512);
  fat[13] = std::byte{4};
  fat[14] = std::byte{1};
  fat[16] = std::byte{2};
  fat[21] = std::byte{0xF8};
  fat[kMbrEntriesOffset + 4] = std::byte{7};
  fat[kMbrEntriesOffset + 8] = std::byte{63};
  fat[kMbrEntriesOffset + 12] = std::byte{63};
  fat[510] = std::byte{0x55};
  fat[511] = std::byte{0xAA};
  test::write_file(disk, fat);
  expect_none("FAT, whose code looks like a table");
  fat[13] = std::byte{0};
  test::write_file(disk, fat);
  EXPECT_EQ(table_of(disk).scheme, PartitionScheme::mbr);
}

}  // namespace
}  // namespace tintype
