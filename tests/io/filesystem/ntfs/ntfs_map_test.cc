// The NTFS map beside ntfs-3g: what it wrote, we must find where it put it.
#include "io/filesystem/ntfs/ntfs_map.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"

namespace tintype {
namespace {

using test::MappedVolume;
using test::MountedVolume;
using test::must;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::uint64_t kMiB = 1 << 20;

void write_at(const std::string& path, std::uint64_t offset, std::span<const std::byte> bytes) {
  const int handle = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  ASSERT_EQ(::pwrite(handle, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
            static_cast<ssize_t>(bytes.size()));
  ::close(handle);
}

// Every kind of file ntfs-3g can make.
void fill(const std::string& mount, bool compression) {
  const std::filesystem::path root = mount;
  std::filesystem::create_directories(root / "Mailbox" / "First Storage Group");
  test::write_file(root / "Mailbox" / "DB1.edb", test::random_bytes(3 * kMiB + 123, 1));
  test::write_file(root / "empty", {});
  test::write_file(root / "resident.txt", test::random_bytes(100, 2));
  test::write_file(root / "one-cluster.bin", test::random_bytes(4096, 3));
  test::write_file(root /
                       "Pr\xC3\xBC"
                       "fung \xE5\x86\x99\xE7\x9C\x9F \xF0\x9F\x93\xB7.edb",
                   test::random_bytes(50'000, 4));

  write_at(root / "sparse.bin", 0, test::random_bytes(10'000, 5));
  write_at(root / "sparse.bin", 20 * kMiB + 5, test::random_bytes(70'000, 6));
  std::filesystem::resize_file(root / "sparse.bin", 40 * kMiB + 1);
  std::filesystem::resize_file(root / "empty", 0);
  write_at(root / "holes only.bin", 0, {});
  std::filesystem::resize_file(root / "holes only.bin", 2 * kMiB);

  test::write_file(root / "linked.edb", test::random_bytes(20'000, 7));
  for (int i = 0; i < 40; ++i)  // names enough to need an attribute list
    std::filesystem::create_hard_link(
        root / "linked.edb", root / "Mailbox" / (std::string(100, 'n') + std::to_string(i)));

  std::filesystem::path deep = root;
  for (int i = 0; i < 60; ++i) deep /= "folder " + std::to_string(i);
  std::filesystem::create_directories(deep);
  test::write_file(deep / "deep.edb", test::random_bytes(9'000, 8));
  for (int i = 0; i < 300; ++i)
    test::write_file(
        root / "Mailbox" / "First Storage Group" / ("E00" + std::to_string(i) + ".log"),
        test::random_bytes(static_cast<std::size_t>(i) * 7, 9));
  test::write_file(root / "streams.txt", test::random_bytes(200, 10));
  test::write_file((root / "streams.txt").string() + ":hidden.edb", test::random_bytes(kMiB, 11));

  if (compression) {
    std::filesystem::create_directory(root / "compressed");
    test::set_ntfs_attributes(root / "compressed", 0x810);
    test::write_file(root / "compressed" / "zeros.bin", std::vector<std::byte>(kMiB));
    test::write_file(root / "compressed" / "text.txt",
                     std::vector<std::byte>(300'000, std::byte{'x'}));
  }
}

class NtfsShapes : public ::testing::TestWithParam<test::NtfsShape> {};

TEST_P(NtfsShapes, EveryFileIsFoundWithItsBytes) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, GetParam());
  const bool compression = GetParam().cluster_bytes <= 4096;
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image, "streams_interface=windows"));
    fill(mount.path(), compression);
  }
  const MappedVolume mapped = test::map_image(image);
  EXPECT_EQ(mapped.map->type(), "ntfs");
  EXPECT_EQ(mapped.map->label(), "tintype");
  EXPECT_EQ(mapped.map->cluster_bytes(), GetParam().cluster_bytes);
  EXPECT_EQ(mapped.map->unreliable(), "");
  test::expect_sound_runs(mapped);
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image, "ro"));
    test::expect_same_files(*mapped.map, mount.path());
  }

  EXPECT_EQ(test::only_file(*mapped.map, "resident.txt").storage, FileStorage::resident);
  EXPECT_EQ(test::only_file(*mapped.map, "empty").size_bytes, 0u);
  EXPECT_THAT(must(mapped.map->find({"*.EDB"})), SizeIs(4));
  EXPECT_THAT(must(mapped.map->find({"\\mailbox\\**\\*.LOG"})), SizeIs(300));
  EXPECT_THAT(must(mapped.map->find({"hidden.edb"})), SizeIs(0));
  EXPECT_EQ(test::only_file(*mapped.map, "n*n7").path, "/Mailbox/" + std::string(100, 'n') + "7");
  EXPECT_EQ(test::only_file(*mapped.map, "DB1.edb").runs.front().file_offset, 0u);
  if (compression) {
    const FileEntry zeros = test::only_file(*mapped.map, "zeros.bin");
    EXPECT_EQ(zeros.storage, FileStorage::compressed);
    EXPECT_TRUE(zeros.runs.empty());
    std::byte one[1];
    EXPECT_FALSE(mapped.map->read(zeros, 0, one));
  }

  test::expect_free_is_free(image);
  const auto check = test::run_command("ntfsfix -n '" + image + "'");
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

INSTANTIATE_TEST_SUITE_P(
    All, NtfsShapes,
    ::testing::Values(test::NtfsShape{},
                      test::NtfsShape{.bytes = 24 * kMiB + 512 * 3, .cluster_bytes = 512},
                      test::NtfsShape{.cluster_bytes = 65536},
                      test::NtfsShape{.sector_bytes = 4096},
                      test::NtfsShape{.bytes = 512 * kMiB, .cluster_bytes = 2 * kMiB}),
    [](const auto& shape) {
      return "Cluster" + std::to_string(shape.param.cluster_bytes) + "Sector" +
             std::to_string(shape.param.sector_bytes);
    });

TEST(NtfsMap, AFileInHundredsOfPiecesNeedsSeveralRecords) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 24 * kMiB});
  const auto content = test::random_bytes(8 * kMiB - 17);  // all the gaps there are
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image));
    test::write_fragmented(mount.path(), "DB1.edb", content, 4096);
  }
  const auto record = test::run_command("ntfsinfo -f -F DB1.edb '" + image + "'");
  EXPECT_THAT(record.output, HasSubstr("$ATTRIBUTE_LIST"));
  const MappedVolume mapped = test::map_image(image);
  const FileEntry file = test::only_file(*mapped.map, "DB1.edb");
  EXPECT_EQ(file.problem, "");
  EXPECT_GT(file.runs.size(), 300u);
  EXPECT_TRUE(test::content_of(*mapped.map, file) == content);
  test::expect_sound_runs(mapped);
  test::expect_free_is_free(image);
}

// The table's own record then needs an attribute list, and the records it names lie in pieces of
// the table that others of them describe.
TEST(NtfsMap, AFileTableInHundredsOfPieces) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 16 * kMiB});
  std::size_t files = 0;
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image));
    test::make_gaps(mount.path(), 4096);
    std::filesystem::create_directory(mount / "new");
    for (; std::ofstream(mount / ("new/" + std::to_string(files))); ++files) continue;
  }
  const auto record = test::run_command("ntfsinfo -f -i 0 '" + image + "'");
  EXPECT_THAT(record.output, HasSubstr("$ATTRIBUTE_LIST"));
  EXPECT_GT(files, 1000u);
  const MappedVolume mapped = test::map_image(image);
  EXPECT_EQ(mapped.map->unreliable(), "");
  EXPECT_THAT(must(mapped.map->find({"/new/*"})), SizeIs(files));
  test::expect_sound_runs(mapped);
}

TEST(NtfsMap, BytesPastTheValidLengthAreZerosWhateverTheDiskHolds) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 32 * kMiB});
  const auto content = test::random_bytes(100'000);
  test::write_file(dir / "file", content);
  test::put_into_ntfs(image, dir / "file", "/DB1.edb");
  const auto grown = test::run_command("ntfsfallocate -f -l 1000000 '" + image + "' DB1.edb");
  ASSERT_EQ(grown.exit_code, 0) << grown.output;

  std::uint64_t valid_end = 0;
  {
    const MappedVolume mapped = test::map_image(image);
    const FileEntry file = test::only_file(*mapped.map, "DB1.edb");
    ASSERT_EQ(file.size_bytes, 1'000'000u);
    ASSERT_EQ(file.valid_bytes, 100'000u);
    EXPECT_EQ(file.runs.back().file_offset + file.runs.back().length, 100'000u);
    valid_end = file.runs.back().volume_offset + file.runs.back().length;
    const auto owners = must(mapped.map->owners({{valid_end, 512}}));
    EXPECT_EQ(owners[0].path, "/DB1.edb");  // its sectors all the same
    EXPECT_EQ(owners[0].file_offset, 100'000u);
    EXPECT_TRUE(test::covers(mapped.map->allocated(), {valid_end, 4096}));
  }
  must(must(File::open_target(image, Caching::page_cache))
           .write_at(valid_end, test::random_bytes(200'000, 5)));

  const MappedVolume mapped = test::map_image(image);
  auto expected = content;
  expected.resize(1'000'000);
  const FileEntry file = test::only_file(*mapped.map, "DB1.edb");
  EXPECT_TRUE(test::content_of(*mapped.map, file) == expected);
  EXPECT_TRUE(test::ntfscat(image, "DB1.edb") == expected);
}

TEST(NtfsMap, AStaleBitmapLosesNoFile) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 32 * kMiB});
  const auto content = test::random_bytes(2 * kMiB);
  test::write_file(dir / "file", content);
  const auto before = test::ntfscat(image, "-i 6");
  test::put_into_ntfs(image, dir / "file", "/DB1.edb");
  const auto after = test::ntfscat(image, "-i 6");
  ASSERT_FALSE(before == after);
  // $Bitmap as it was before the file was written.
  auto volume = test::read_file(image);
  const auto found = std::search(volume.begin(), volume.end(), after.begin(), after.end());
  ASSERT_NE(found, volume.end());
  std::copy(before.begin(), before.end(), found);
  test::write_file(image, volume);

  const MappedVolume mapped = test::map_image(image);
  const FileEntry file = test::only_file(*mapped.map, "DB1.edb");
  for (const FileRun& run : file.runs)
    EXPECT_TRUE(test::covers(mapped.map->allocated(), {run.volume_offset, run.length}));
  test::expect_free_is_free(image);
}

TEST(NtfsMap, OwnersAreNamed) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image);
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image, "streams_interface=windows"));
    std::filesystem::create_directory(mount / "Mailbox");
    test::write_file(mount / "Mailbox/DB1.edb", test::random_bytes(kMiB));
    test::write_file(mount / "small.txt", test::random_bytes(10));
    test::write_file(mount / "small.txt:large", test::random_bytes(kMiB));
  }
  const MappedVolume mapped = test::map_image(image);
  const FileRun run = test::only_file(*mapped.map, "DB1.edb").runs.front();
  const ExtentList& allocated = mapped.map->allocated();
  ExtentList ranges;
  for (std::uint64_t at = 0; at < mapped.volume->size_bytes(); at += 4096)
    ranges.push_back({at, 4096});
  const auto owners = must(mapped.map->owners(ranges));
  ASSERT_EQ(owners.size(), ranges.size());
  EXPECT_EQ(owners[0].path, "");
  EXPECT_EQ(owners[run.volume_offset / 4096 + 3].path, "/Mailbox/DB1.edb");
  EXPECT_EQ(owners[run.volume_offset / 4096 + 3].file_offset, run.file_offset + 3 * 4096);
  int stream_clusters = 0, free_clusters = 0;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    stream_clusters += owners[i].path == "/small.txt:large";
    const bool is_allocated = test::covers(allocated, ranges[i]);
    EXPECT_TRUE(is_allocated || owners[i].path.empty()) << owners[i].path;
    free_clusters += !is_allocated;
  }
  EXPECT_EQ(stream_clusters, 256);
  EXPECT_GT(free_clusters, 1000);
}

// Windows keeps the bytes of such files elsewhere: in a compressed stream, in a chunk store.
TEST(NtfsMap, BytesBehindAReparsePointAreNotTheFiles) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 16 * kMiB});
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(image));
    for (const auto& [name, tag] : {std::pair{"wof.edb", 0x80000017u},
                                    {"dedup.edb", 0x80000013u},
                                    {"other.edb", 0x80001234u}}) {
      test::write_file(mount / name, test::random_bytes(20'000));
      test::set_ntfs_reparse_point(mount / name, tag);
    }
  }
  const MappedVolume mapped = test::map_image(image);
  EXPECT_EQ(test::only_file(*mapped.map, "wof.edb").storage, FileStorage::compressed);
  EXPECT_EQ(test::only_file(*mapped.map, "dedup.edb").storage, FileStorage::compressed);
  EXPECT_EQ(test::only_file(*mapped.map, "other.edb").storage, FileStorage::runs);
}

TEST(NtfsMap, ACutOffVolumeIsAnError) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::make_ntfs(image, {.bytes = 32 * kMiB});
  std::filesystem::resize_file(image, 20 * kMiB);
  const auto volume = must(open_raw_volume(image));
  const auto map = open_ntfs_map(*volume);
  ASSERT_FALSE(map);
  EXPECT_THAT(map.error().line(), HasSubstr("cut off"));
}

}  // namespace
}  // namespace tintype
