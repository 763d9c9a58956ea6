#include "io/filesystem/filesystem_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

using test::must;
using test::ok;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

FilesystemProbe probe_image(const std::string& image) {
  return must(probe_filesystem(*must(open_raw_volume(image))));
}

TEST(Probe, NamesTheFileSystemAndItsLabel) {
  const test::TempDir dir;
  test::make_ntfs(dir / "ntfs", {.label = "Mail \xC3\x84"});
  EXPECT_EQ(probe_image(dir / "ntfs").type, "ntfs");
  EXPECT_EQ(probe_image(dir / "ntfs").label, "Mail \xC3\x84");
  for (const std::string type : {"ext2", "ext3", "ext4"}) {
    test::make_ext(dir / type, 16 * kMiB, "-L mail -t " + type);
    EXPECT_EQ(probe_image(dir / type).type, type);
    EXPECT_EQ(probe_image(dir / type).label, "mail");
  }
}

// libblkid looks at the file table before it believes in NTFS, and Windows puts it far inside.
TEST(Probe, FindsNtfsWhoseTableIsFarInside) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  test::raw_from_qcow2(samples / "volumes" / "vsstest.qcow2", dir / "image");
  EXPECT_EQ(probe_image(dir / "image").type, "ntfs");
  EXPECT_EQ(probe_image(dir / "image").label, "vsstest");
}

TEST(Probe, NoFileSystemIsNoError) {
  for (const std::size_t bytes : {std::size_t{512}, std::size_t{4096}, std::size_t{8 * kMiB}}) {
    const test::MemoryVolume volume{std::vector<std::byte>(bytes)};
    const auto probe = probe_filesystem(volume);
    ASSERT_TRUE(ok(probe));
    EXPECT_EQ(probe->type, "");
    const auto map = open_filesystem_map(volume, *probe);
    ASSERT_TRUE(ok(map));
    EXPECT_EQ(*map, nullptr);
  }
}

TEST(Probe, AFileSystemWithoutAMapIsNamed) {
  test::MemoryVolume volume{std::vector<std::byte>(8 * kMiB)};
  std::memcpy(volume.bytes.data() + 4086, "SWAPSPACE2", 10);
  volume.bytes[1024] = std::byte{1};     // version
  volume.bytes[1029] = std::byte{0x04};  // last page
  const auto probe = probe_filesystem(volume);
  ASSERT_TRUE(ok(probe));
  EXPECT_EQ(probe->type, "swap");
  const auto map = open_filesystem_map(volume, *probe);
  ASSERT_TRUE(ok(map));
  EXPECT_EQ(*map, nullptr);
}

TEST(Probe, ADamagedFileSystemIsAnErrorOfItsMap) {
  const test::TempDir dir;
  test::make_ext(dir / "image", 16 * kMiB, "-t ext4");
  test::MemoryVolume volume(test::read_file(dir / "image"));
  volume.bytes[1024 + 0x78] = std::byte{0xEE};  // the label: its checksum is wrong now
  const auto probe = probe_filesystem(volume);
  ASSERT_TRUE(ok(probe));
  EXPECT_EQ(probe->type, "ext4");
  const auto map = open_filesystem_map(volume, *probe);
  ASSERT_FALSE(map);
  EXPECT_THAT(map.error().line(), HasSubstr("damaged"));
}

TEST(Probe, AnUnreadableBeginningIsAnError) {
  test::MemoryVolume volume{std::vector<std::byte>(8 * kMiB)};
  volume.unreadable = {{1024, 512}};
  EXPECT_FALSE(probe_filesystem(volume));
  volume.unreadable = {{8 * kMiB - 512, 512}};
  EXPECT_TRUE(ok(probe_filesystem(volume)));
}

}  // namespace
}  // namespace tintype
