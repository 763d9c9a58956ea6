#include "io/partition/gpt_relocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "io/partition/gpt.h"
#include "io/partition/mbr.h"
#include "io/partition/partition_table.h"
#include "io/volume/raw_volume.h"
#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kOldBytes = 8 << 20;

class GptRelocationTest : public testing::Test {
 protected:
  GptRelocationTest() {
    // The last partition ends where the usable sectors end.
    test::make_disk(disk, kOldBytes,
                    "label: gpt\nstart=2048, size=2048, name=one\nstart=8192, name=two\n");
  }
  GptRelocation grow(std::uint64_t new_bytes) {
    GptRelocation relocation = must(relocate_gpt(*must(open_raw_volume(disk)), new_bytes));
    fs::resize_file(disk, new_bytes);
    std::fstream file(disk, std::ios::in | std::ios::out | std::ios::binary);
    for (const auto& patch : relocation.patches) {
      file.seekp(static_cast<std::streamoff>(patch.offset));
      file.write(reinterpret_cast<const char*>(patch.bytes.data()),
                 static_cast<std::streamsize>(patch.bytes.size()));
    }
    EXPECT_TRUE(file.flush().good());
    return relocation;
  }
  // Two programs that had no part in it find nothing to complain of.
  void expect_clean() {
    const auto sfdisk = test::run_command("sfdisk --verify '" + disk + "'");
    EXPECT_EQ(sfdisk.exit_code, 0);
    EXPECT_THAT(sfdisk.output, HasSubstr("No errors detected"));
    EXPECT_THAT(sfdisk.output, Not(HasSubstr("mismatch")));
    EXPECT_THAT(sfdisk.output, Not(HasSubstr("not on the end")));
    const auto sgdisk = test::run_command("sgdisk -v '" + disk + "'");
    EXPECT_THAT(sgdisk.output, HasSubstr("No problems found"));
    EXPECT_THAT(must(read_partition_table(*must(open_raw_volume(disk)))).remarks, IsEmpty());
  }
  void damage(std::uint64_t at) {
    auto bytes = test::read_file(disk);
    bytes.at(at) ^= std::byte{1};
    test::write_file(disk, bytes);
  }
  test::TempDir dir;
  const std::string disk = dir / "disk";
};

TEST_F(GptRelocationTest, AnyLargerDiskIsInOrderAndThePartitionsStay) {
  const auto before = test::sfdisk_table(disk);
  // From one sector to 40 the new backup overlaps the old one.
  for (const std::uint64_t more : {512u, 512u, 16u * 512, 40u * 512, 1u << 20, 64u << 20}) {
    const GptRelocation relocation = grow(fs::file_size(disk) + more);
    EXPECT_THAT(relocation.text, HasSubstr("moved to the new end"));
    expect_clean();
    const auto after = test::sfdisk_table(disk);
    EXPECT_EQ(after.id, before.id);
    ASSERT_EQ(after.partitions.size(), before.partitions.size());
    for (std::size_t i = 0; i < after.partitions.size(); ++i) {
      EXPECT_EQ(after.partitions[i].start, before.partitions[i].start);
      EXPECT_EQ(after.partitions[i].sectors, before.partitions[i].sectors);
      EXPECT_EQ(after.partitions[i].uuid, before.partitions[i].uuid);
      EXPECT_EQ(after.partitions[i].name, before.partitions[i].name);
    }
  }
}

TEST_F(GptRelocationTest, TheSpaceThatWasWonCanBeUsed) {
  grow(16 << 20);
  ASSERT_EQ(
      test::run_command("echo 'start=20480, size=10240' | sfdisk -q -a '" + disk + "'").exit_code,
      0);
  expect_clean();
}

TEST_F(GptRelocationTest, AnOddEndOfAFileIsNotUsed) {
  grow(kOldBytes + (1 << 20) + 100);
  expect_clean();
}

TEST_F(GptRelocationTest, ADamagedPrimaryIsWrittenAnew) {
  damage(512 + 0x30);
  EXPECT_THAT(grow(2 * kOldBytes).text, HasSubstr("written anew"));
  expect_clean();
}

TEST_F(GptRelocationTest, ADamagedBackupIsWrittenAnew) {
  damage(kOldBytes - 512 + 0x30);
  grow(2 * kOldBytes);
  expect_clean();
}

TEST_F(GptRelocationTest, SectorsOf4096Bytes) {
  test::write_file(disk, {});
  fs::resize_file(disk, 64 << 20);
  ASSERT_EQ(
      test::run_command("printf 'g\\nn\\n\\n\\n\\nw\\n' | fdisk -b 4096 '" + disk + "'").exit_code,
      0);
  grow(96 << 20);
  const auto fdisk = test::run_command("printf 'v\\nq\\n' | fdisk -b 4096 '" + disk + "'");
  EXPECT_THAT(fdisk.output, HasSubstr("No errors detected"));
  EXPECT_THAT(fdisk.output, Not(HasSubstr("not on the end")));
  EXPECT_THAT(fdisk.output, Not(HasSubstr("mismatch")));
}

TEST_F(GptRelocationTest, NothingIsDoneWithoutAGptOrWithoutRoom) {
  EXPECT_THAT(must(relocate_gpt(*must(open_raw_volume(disk)), kOldBytes)).patches, IsEmpty());
  EXPECT_THAT(must(relocate_gpt(*must(open_raw_volume(disk)), kOldBytes + 511)).patches, IsEmpty());
  test::make_disk(disk, kOldBytes, "label: dos\nstart=2048, size=2048\n");
  EXPECT_THAT(must(relocate_gpt(*must(open_raw_volume(disk)), 2 * kOldBytes)).patches, IsEmpty());
  test::write_file(disk, std::vector<std::byte>(1 << 20));
  EXPECT_THAT(must(relocate_gpt(*must(open_raw_volume(disk)), 2 * kOldBytes)).patches, IsEmpty());
}

TEST_F(GptRelocationTest, AHybridRecordIsLeftAlone) {
  auto bytes = test::read_file(disk);
  auto entries = *mbr_entries(std::span(bytes).first(512));
  entries[0].sectors = 2047;
  std::memcpy(bytes.data() + kMbrEntriesOffset, &entries, sizeof entries);
  test::write_file(disk, bytes);
  grow(2 * kOldBytes);
  const auto grown = test::read_file(disk);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + 512, grown.begin()));
}

}  // namespace
}  // namespace tintype
