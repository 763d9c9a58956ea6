// The ext map beside the kernel's own drivers.
#include "io/filesystem/ext/ext_map.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/ext_editor.h"
#include "support/memory_volume.h"
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

// Files that need no mount to be made: by mke2fs -d, or copied into one.
void fill(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / "Mailbox" / "First Storage Group");
  test::write_file(root / "Mailbox" / "DB1.edb", test::random_bytes(3 * kMiB + 123, 1));
  test::write_file(root / "empty", {});
  test::write_file(root / "tiny.txt", test::random_bytes(60, 2));
  test::write_file(root / "small.txt", test::random_bytes(120, 3));  // inode and attribute
  test::write_file(root /
                       "Pr\xC3\xBC"
                       "fung.edb",
                   test::random_bytes(50'000, 4));
  std::filesystem::path deep = root;
  for (int i = 0; i < 60; ++i) deep /= "folder " + std::to_string(i);
  std::filesystem::create_directories(deep);
  test::write_file(deep / "deep.edb", test::random_bytes(9'000, 8));
  for (int i = 0; i < 300; ++i)
    test::write_file(
        root / "Mailbox" / "First Storage Group" / ("E00" + std::to_string(i) + ".log"),
        test::random_bytes(static_cast<std::size_t>(i) * 7, 9));
}

void fill_mounted(const std::string& mount) {
  fill(mount);
  const std::filesystem::path root = mount;
  for (int i = 0; i < 20; ++i)
    std::filesystem::create_hard_link(root / "Mailbox" / "DB1.edb",
                                      root / ("link" + std::to_string(i)));
  std::filesystem::create_symlink("Mailbox/DB1.edb", root / "symlink.edb");
  const int handle = ::open((root / "holes.bin").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  const auto piece = test::random_bytes(5'000, 5);
  for (const std::uint64_t at : {std::uint64_t{0}, 300 * kMiB + 5, 12 * kMiB, 5 * kMiB + 77})
    ASSERT_EQ(::pwrite(handle, piece.data(), piece.size(), static_cast<off_t>(at)), 5'000);
  ASSERT_EQ(::ftruncate(handle, static_cast<off_t>(301 * kMiB)), 0);
  ::close(handle);
  const int allocated =
      ::open((root / "unwritten.bin").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  // ext2 and ext3 have no unwritten extents and refuse.
  if (::fallocate(allocated, 0, 0, static_cast<off_t>(2 * kMiB)) == 0) {
    ASSERT_EQ(::pwrite(allocated, piece.data(), piece.size(), 1'000'000), 5'000);
    ASSERT_EQ(::fallocate(allocated, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(2 * kMiB), 100'000),
              0);
  }
  ::close(allocated);
}

struct ExtShape {
  const char* name;
  const char* options;
  const char* type;
};

void PrintTo(const ExtShape& shape, std::ostream* out) {
  *out << shape.options;
}

class ExtShapes : public ::testing::TestWithParam<ExtShape> {};

TEST_P(ExtShapes, EveryFileIsFoundWithItsBytes) {
  const test::TempDir dir;
  const std::string image = dir / "image";
  const ExtShape& shape = GetParam();
  test::make_ext(image, 24 * kMiB + 1536, std::string("-L tintype ") + shape.options);
  const std::string mount_type = shape.type;
  {
    TINTYPE_MOUNT(mount, MountedVolume::kernel(image, mount_type));
    fill_mounted(mount.path());
  }
  const MappedVolume mapped = test::map_image(image);
  EXPECT_EQ(mapped.map->type(), shape.type);
  EXPECT_EQ(mapped.map->label(), "tintype");
  EXPECT_EQ(mapped.map->unreliable(), "");
  test::expect_sound_runs(mapped);
  {
    TINTYPE_MOUNT(mount, MountedVolume::kernel(image, mount_type, "ro"));
    test::expect_same_files(*mapped.map, mount.path());
  }
  EXPECT_THAT(must(mapped.map->find({"/mailbox/**/*.LOG"})), SizeIs(300));
  EXPECT_THAT(must(mapped.map->find({"symlink.edb"})), SizeIs(0));
  EXPECT_TRUE(test::covers(mapped.map->allocated(), {0, 2048}));
  EXPECT_LT(total_bytes(mapped.map->allocated()), 20 * kMiB);

  test::expect_free_is_free(image);
  const auto check = test::run_command("e2fsck -fn '" + image + "'");
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

INSTANTIATE_TEST_SUITE_P(
    All, ExtShapes,
    ::testing::Values(ExtShape{"Ext2", "-t ext2 -b 4096", "ext2"},
                      ExtShape{"Ext2Block1024", "-t ext2 -b 1024", "ext2"},
                      ExtShape{"Ext3Block1024", "-t ext3 -b 1024", "ext3"},
                      ExtShape{"Ext3", "-t ext3 -b 4096", "ext3"},
                      ExtShape{"Ext4", "-t ext4 -b 4096", "ext4"},
                      ExtShape{"Ext4Block1024", "-t ext4 -b 1024", "ext4"},
                      ExtShape{"Ext4NoJournal", "-t ext4 -b 4096 -O ^has_journal", "ext4"},
                      ExtShape{"Ext4Bigalloc", "-t ext4 -b 4096 -O bigalloc -C 16384", "ext4"},
                      ExtShape{"Ext4InlineData", "-t ext4 -b 4096 -O inline_data -I 512", "ext4"},
                      ExtShape{"Ext4UninitBg",
                               "-t ext4 -b 1024 -O ^metadata_csum,^64bit,^flex_bg,uninit_bg",
                               "ext4"},
                      ExtShape{"Ext4MetaBg", "-t ext4 -b 1024 -O meta_bg,^resize_inode", "ext4"},
                      ExtShape{"Ext4OldMaps", "-t ext4 -b 4096 -O ^extent,^64bit", "ext4"}),
    [](const auto& shape) { return shape.param.name; });

// A tree of extents, and blocks of block numbers.
TEST(ExtMap, FilesInHundredsOfPieces) {
  for (const char* options : {"-t ext4 -b 1024 -m 0", "-t ext3 -b 1024 -m 0"}) {
    const test::TempDir dir;
    const std::string image = dir / "image";
    test::make_ext(image, 16 * kMiB, options);
    const auto content = test::random_bytes(4 * kMiB + 17, 6);
    {
      TINTYPE_MOUNT(mount, MountedVolume::kernel(image, "ext4"));
      test::write_fragmented(mount.path(), "pieces.edb", content, 8192);
    }
    const MappedVolume mapped = test::map_image(image);
    const FileEntry file = test::only_file(*mapped.map, "pieces.edb");
    EXPECT_GT(file.runs.size(), 200u) << options;
    EXPECT_TRUE(test::content_of(*mapped.map, file) == content) << options;
    test::expect_sound_runs(mapped);
  }
}

TEST(ExtMap, BlocksLargerThanAPageNeedNoKernel) {
  const test::TempDir dir;
  const std::filesystem::path folder = dir / "folder";
  fill(folder);
  test::make_ext(dir / "image", 64 * kMiB, "-t ext4 -b 65536 -d '" + folder.string() + "'");
  const MappedVolume mapped = test::map_image(dir / "image");
  const auto files = test::all_files(*mapped.map);
  EXPECT_THAT(files, SizeIs(306));
  for (const FileEntry& file : files)
    EXPECT_TRUE(test::content_of(*mapped.map, file) == test::read_file(folder.string() + file.path))
        << file.path;
}

TEST(ExtMap, StoragesAreTold) {
  const test::TempDir dir;
  const std::filesystem::path folder = dir / "folder";
  fill(folder);
  test::make_ext(dir / "image", 32 * kMiB,
                 "-t ext4 -I 512 -O inline_data,encrypt -d '" + folder.string() + "'");
  const auto flags = test::run_command("debugfs -w -R 'sif /Mailbox/DB1.edb flags 0x80800' '" +
                                       (dir / "image") + "'");
  ASSERT_EQ(flags.exit_code, 0) << flags.output;
  const MappedVolume mapped = test::map_image(dir / "image");
  const FileEntry encrypted = test::only_file(*mapped.map, "DB1.edb");
  EXPECT_EQ(encrypted.storage, FileStorage::encrypted);
  EXPECT_TRUE(encrypted.runs.empty());
  std::byte bytes[61];
  EXPECT_FALSE(mapped.map->read(encrypted, 0, std::span(bytes).first(1)));
  const FileEntry tiny = test::only_file(*mapped.map, "tiny.txt");
  EXPECT_EQ(tiny.storage, FileStorage::resident);
  EXPECT_TRUE(test::content_of(*mapped.map, tiny) == test::random_bytes(60, 2));
  EXPECT_FALSE(mapped.map->read(tiny, 0, bytes));
}

std::string doubt_after(const std::string& mke2fs, const std::string& debugfs) {
  const test::TempDir dir;
  test::make_ext(dir / "image", 16 * kMiB, mke2fs);
  const auto changed =
      test::run_command("debugfs -w -R '" + debugfs + "' '" + (dir / "image") + "'");
  EXPECT_EQ(changed.exit_code, 0) << changed.output;
  return test::map_image(dir / "image").map->unreliable();
}

TEST(ExtMap, DoubtsAreTold) {
  EXPECT_THAT(doubt_after("-t ext4", "feature needs_recovery"), HasSubstr("journal"));
  EXPECT_THAT(doubt_after("-t ext4", "ssv state 3"), HasSubstr("recorded errors"));
  EXPECT_THAT(doubt_after("-t ext2", "ssv state 0"), HasSubstr("not marked clean"));
  EXPECT_EQ(doubt_after("-t ext4", "ssv state 0"), "");
  EXPECT_EQ(doubt_after("-t ext4", "feature"), "");
}

class ExtDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    test::make_ext(dir_ / "image", 4 * kMiB, "-t ext4 -b 1024 -O ^metadata_csum,^resize_inode");
    test::write_file(dir_ / "file", test::random_bytes(100'000));
    debugfs("write " + (dir_ / "file") + " DB1.edb");
  }
  void debugfs(const std::string& command) {
    const auto outcome =
        test::run_command("debugfs -w -R '" + command + "' '" + (dir_ / "image") + "'");
    ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  }
  [[nodiscard]] FileEntry file() const {
    return test::only_file(*test::map_image(dir_ / "image").map, "DB1.edb");
  }
  const test::TempDir dir_;
};

[[nodiscard]] bool all_allocated(const FilesystemMap& map, const FileEntry& file) {
  return !file.runs.empty() && std::ranges::all_of(file.runs, [&](const FileRun& run) {
    return test::covers(map.allocated(), {run.volume_offset, run.length});
  });
}

[[nodiscard]] std::string told(const FilesystemMap& map) {
  std::string all;
  for (const auto& remark : map.remarks()) all += remark.text + "\n";
  return all;
}

TEST_F(ExtDamage, WhatAFileOwnsIsAllocatedWhateverTheBitmapSays) {
  EXPECT_EQ(told(*test::map_image(dir_ / "image").map), "");
  const auto block = std::stoull(
      test::run_command("(debugfs -R 'bmap DB1.edb 10' '" + (dir_ / "image") + "' 2>/dev/null)")
          .output);
  debugfs("freeb " + std::to_string(block) + " 50");
  const MappedVolume mapped = test::map_image(dir_ / "image");
  EXPECT_TRUE(all_allocated(*mapped.map, test::only_file(*mapped.map, "DB1.edb")));
  EXPECT_THAT(told(*mapped.map), HasSubstr("50 blocks free that 1 file owns"));
  EXPECT_EQ(mapped.map->unreliable(), "");
}

// The flags say that neither bitmaps nor inodes of the group were ever written.
TEST_F(ExtDamage, AGroupInUseIsReadThoughItsFlagsCallItUnused) {
  for (const char* shape : {"-t ext4 -b 1024 -O ^metadata_csum,uninit_bg", "-t ext4 -b 1024"}) {
    test::make_ext(dir_ / "image", 4 * kMiB, shape);
    debugfs("write " + (dir_ / "file") + " DB1.edb");
    const std::uint64_t allocated = total_bytes(test::map_image(dir_ / "image").map->allocated());
    {
      test::ExtEditor editor(dir_ / "image");
      editor.set_flags(0, test::ExtEditor::kInodeUninit | test::ExtEditor::kBlockUninit, true);
      editor.set_inodes_unused(0, editor.inodes_per_group(), true);
    }
    const MappedVolume mapped = test::map_image(dir_ / "image");
    EXPECT_TRUE(all_allocated(*mapped.map, test::only_file(*mapped.map, "DB1.edb")));
    EXPECT_GE(total_bytes(mapped.map->allocated()), allocated - 4096) << shape;
    EXPECT_THAT(told(*mapped.map), HasSubstr("free"));
  }
}

TEST_F(ExtDamage, AFileWhoseMapIsDamagedKeepsTheRestOfItAndIsTold) {
  debugfs("sif DB1.edb block[5] 4090");  // the first extent's block: its end is past the volume's
  const MappedVolume mapped = test::map_image(dir_ / "image");
  EXPECT_THAT(told(*mapped.map), HasSubstr("the map of 1 file is damaged"));
}

TEST_F(ExtDamage, AnUnreadableTableOfInodesMeansAllIsAllocated) {
  const auto stats =
      test::run_command("dumpe2fs '" + (dir_ / "image") + "' | grep 'Inode table at'");
  const std::uint64_t block = std::stoull(stats.output.substr(stats.output.find("at ") + 3));
  test::MemoryVolume volume(test::read_file(dir_ / "image"));
  volume.unreadable = {{(block + 7) * 1024, 512}};
  const auto map = must(open_ext_map(volume));
  EXPECT_EQ(total_bytes(map->allocated()), volume.size_bytes());
  EXPECT_THAT(told(*map), HasSubstr("cannot be read"));
}

TEST_F(ExtDamage, ADescriptorThatDoesNotMatchItsChecksumIsAnError) {
  test::make_ext(dir_ / "image", 4 * kMiB, "-t ext4 -b 1024");
  test::ExtEditor(dir_ / "image").set_flags(0, test::ExtEditor::kBlockUninit, false);
  const test::MemoryVolume volume(test::read_file(dir_ / "image"));
  const auto map = open_ext_map(volume);
  ASSERT_FALSE(map);
  EXPECT_THAT(map.error().line(), HasSubstr("descriptor of group 0"));
}

// Of an earlier file system inodes may be left in tables that were never written.
TEST_F(ExtDamage, InodesOfAnEarlierFileSystemOwnNothing) {
  const std::string shape = "-t ext4 -b 1024 -N 1024 -E lazy_itable_init=1";
  test::make_ext(dir_ / "image", 4 * kMiB, shape);
  const std::filesystem::path folder = dir_ / "folder";
  std::filesystem::create_directories(folder);
  for (int i = 0; i < 300; ++i)
    test::write_file((folder / std::to_string(i)).string(), test::random_bytes(3000));
  const auto make = [&](const std::string& more) {
    const auto made =
        test::run_command("mke2fs -q -F " + shape + more + " '" + (dir_ / "image") + "'");
    ASSERT_EQ(made.exit_code, 0) << made.output;
  };
  make(" -d '" + folder.string() + "'");
  make(",nodiscard");
  const MappedVolume mapped = test::map_image(dir_ / "image");
  EXPECT_EQ(told(*mapped.map), "");
}

TEST_F(ExtDamage, AnExtentOutsideTheVolumeIsTheFilesProblem) {
  EXPECT_EQ(file().problem, "");
  debugfs("sif DB1.edb block[5] 4090");  // the first extent's block: its end is past the volume's
  EXPECT_THAT(file().problem, HasSubstr("outside the volume"));
  EXPECT_TRUE(file().runs.empty());
}

TEST_F(ExtDamage, AnAbsurdSizeIsTheFilesProblem) {
  debugfs("sif DB1.edb size 0xF000000000000000");
  EXPECT_NE(file().problem, "");
}

TEST_F(ExtDamage, AFolderThatIsItsOwnChildEndsTheWalk) {
  debugfs("mkdir a");
  debugfs("ln / a/root");
  debugfs("ln a a/again");
  EXPECT_EQ(file().problem, "");
}

TEST_F(ExtDamage, AFolderThatCannotBeReadIsAnError) {
  debugfs("mkdir a");
  debugfs("sif a block[5] 4000000");
  const MappedVolume mapped = test::map_image(dir_ / "image");
  const auto files = mapped.map->find({"*.edb"});
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().line(), HasSubstr("/a/"));
}

TEST_F(ExtDamage, AnUnreadableBitmapMeansAllIsAllocated) {
  const auto stats =
      test::run_command("dumpe2fs '" + (dir_ / "image") + "' | grep 'Block bitmap at'");
  const std::uint64_t block = std::stoull(stats.output.substr(stats.output.find("at ") + 3));
  test::MemoryVolume volume(test::read_file(dir_ / "image"));
  EXPECT_LT(total_bytes(must(open_ext_map(volume))->allocated()), 2 * kMiB);
  volume.unreadable = {{block * 1024, 512}};
  EXPECT_EQ(total_bytes(must(open_ext_map(volume))->allocated()), volume.size_bytes());
}

TEST_F(ExtDamage, TheSuperblockIsCheckedBeforeTheLibrarySeesIt) {
  const auto image = test::read_file(dir_ / "image");
  const auto refused = [&](std::size_t offset, std::uint32_t value) {
    test::MemoryVolume volume(image);
    for (unsigned i = 0; i < 4; ++i)
      volume.bytes[1024 + offset + i] = static_cast<std::byte>(value >> 8 * i);
    return !open_ext_map(volume);
  };
  EXPECT_FALSE(refused(0x18, 0));
  EXPECT_TRUE(refused(0x18, 7));  // block size
  EXPECT_TRUE(refused(0x18, 0xFFFFFFFF));
  EXPECT_TRUE(refused(0x04, 4097));  // blocks
  EXPECT_TRUE(refused(0x20, 8));     // blocks a group
  EXPECT_TRUE(refused(0x20, 0));
  EXPECT_TRUE(refused(0x28, 0));  // inodes a group
  EXPECT_TRUE(refused(0x28, 0xFFFFFFFF));
  EXPECT_TRUE(refused(0x60, 0xFFFFFFFF));  // features
  EXPECT_TRUE(refused(0x38, 0));
}

}  // namespace
}  // namespace tintype
