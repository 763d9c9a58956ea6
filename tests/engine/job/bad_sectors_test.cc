// Media with bad sectors here and there: what is reported unreadable is what was made unreadable,
// to the sector, by every engine and by the serial twin. On a block device as well, whose block
// layer merges neighbouring requests and lets what fails merged fail for all.
//
// TINTYPE_BAD_SECTORS=300 makes as many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/job/copy_job.h"
#include "support/expect_ok.h"
#include "support/faulty_disk.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

using test::must;

std::size_t bad_ranges_wanted() {
  const char* wanted = std::getenv("TINTYPE_BAD_SECTORS");
  return wanted == nullptr ? 24 : std::strtoul(wanted, nullptr, 10);
}

struct Way {
  const char* name;
  PassOptions pass;
};
const Way kWays[] = {
    {"auto", {.queue_engine = QueueEngine::automatic}},
    {"io_uring", {.queue_engine = QueueEngine::io_uring}},
    {"threads", {.queue_engine = QueueEngine::threads}},
    {"serial", {.serial = true}},
};

ExtentList random_blocks(std::uint64_t volume_bytes, std::uint64_t block_bytes) {
  std::mt19937_64 random(41);
  ExtentList blocks;
  while (blocks.size() < bad_ranges_wanted()) {
    const Extent block{random() % (volume_bytes / block_bytes) * block_bytes, block_bytes};
    if (std::ranges::find(blocks, block.offset, &Extent::offset) == blocks.end())
      blocks.push_back(block);
  }
  std::ranges::sort(blocks, {}, &Extent::offset);
  return blocks;
}

void expect_exactly(const ExtentList& bad, const std::string& source,
                    const std::vector<std::byte>& content) {
  for (const Way& way : kWays) {
    SCOPED_TRACE(way.name);
    test::TempDir dir;
    test::RecordingMonitor monitor;
    auto outcome = run_copy(
        {.source = source, .target = dir / "copy", .read_back = false, .pass = way.pass}, monitor);
    if (!outcome && way.pass.queue_engine == QueueEngine::io_uring) continue;  // forbidden here
    ExtentList found;
    for (const UnreadableRange& range : must(std::move(outcome)).unreadable)
      found.push_back(range.range);
    EXPECT_EQ(normalized(found), normalized(bad));
    auto expected = content;
    for (const Extent& range : bad)
      std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(range.offset), range.length,
                  std::byte{0});
    EXPECT_TRUE(test::read_file(dir / "copy") == expected);
  }
}

TEST(BadSectors, OfAFileAreNamedExactly) {
  test::TempDir dir;
  const auto content = test::random_bytes(24 << 20);
  test::write_file(dir / "content", content);
  const ExtentList bad = random_blocks(content.size(), 512);
  const auto disk = test::FaultyDisk::mount(dir / "content", {.bad = bad});
  if (!disk) GTEST_SKIP() << disk.error();
  expect_exactly(bad, disk->path(), content);
}

TEST(BadSectors, OfADeviceAreNamedExactly) {
  test::TempDir dir;
  const auto content = test::random_bytes(24 << 20);
  test::write_file(dir / "content", content);
  const ExtentList bad = random_blocks(content.size(), 512);
  const auto disk = test::FaultyDisk::mount(dir / "content", {.bad = bad});
  if (!disk) GTEST_SKIP() << disk.error();
  const auto loop = test::LoopDevice::attach(disk->path());
  if (!loop) GTEST_SKIP() << loop.error();
  expect_exactly(bad, loop->path(), content);
}

// btrfs gives no block of 4096 bytes whose checksum is wrong.
TEST(BadSectors, OfADeviceOverAFilesystemWithChecksumsAreNamedExactly) {
  test::TempDir dir;
  const auto content = test::random_bytes(24 << 20);
  const ExtentList bad = random_blocks(content.size(), 4096);
  const std::string image = dir / "btrfs.img";
  test::write_file(image, {});
  std::filesystem::resize_file(image, 256 << 20);
  if (test::run_command("mkfs.btrfs -q '" + image + "'").exit_code != 0)
    GTEST_SKIP() << "no mkfs.btrfs";
  {
    TINTYPE_MOUNT(mount, test::MountedVolume::kernel(image, "btrfs"));
    test::write_file(mount / "disk", content);
  }
  auto bytes = test::read_file(image);
  for (const Extent& range : bad) {
    const void* block = ::memmem(bytes.data(), bytes.size(), content.data() + range.offset, 4096);
    ASSERT_NE(block, nullptr);
    const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(block) - bytes.data());
    bytes[at + 77] ^= std::byte{0x10};
  }
  test::write_file(image, bytes);
  TINTYPE_MOUNT(mount, test::MountedVolume::kernel(image, "btrfs"));
  const auto loop = test::LoopDevice::attach(mount / "disk");
  if (!loop) GTEST_SKIP() << loop.error();
  expect_exactly(bad, loop->path(), content);
}

}  // namespace
}  // namespace tintype
