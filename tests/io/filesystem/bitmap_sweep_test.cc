// Bitmaps and group flags that lie, at random, over the shapes a file system comes in: the copy of
// what the map calls allocated must give every file that the source gives, after e2fsck has had its
// way with both. A sample runs with the tests; the whole is bitmap_sweep_long_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string_view>

#include "io/filesystem/ext/ext_map.h"
#include "io/filesystem/ntfs/ntfs_map.h"
#include "support/expect_ok.h"
#include "support/ext_editor.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"
#include "support/random_rounds.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"

#ifndef TINTYPE_SWEEP_ROUNDS
#define TINTYPE_SWEEP_ROUNDS 4
#endif

namespace tintype {
namespace {

using test::ExtEditor;
using test::MemoryVolume;
using test::must;
using Random = std::mt19937_64;

constexpr std::uint64_t kMiB = 1 << 20;

// What a backup keeps of a volume, and whether it was told that something is wrong.
struct Copy {
  std::vector<std::byte> bytes;
  bool told = false;
  bool whole = false;
};

Copy copy_of(const MemoryVolume& volume,
             Result<std::unique_ptr<FilesystemMap>> (*open)(const Volume&)) {
  const auto map = open(volume);
  if (!map || !(*map)->unreliable().empty()) return {volume.bytes, true, true};
  Copy copy{std::vector<std::byte>(volume.bytes.size()), !(*map)->remarks().empty(), false};
  for (const Extent& extent : (*map)->allocated())
    std::copy_n(volume.bytes.begin() + static_cast<std::ptrdiff_t>(extent.offset), extent.length,
                copy.bytes.begin() + static_cast<std::ptrdiff_t>(extent.offset));
  return copy;
}

void expect_same(const FilesystemMap& one, const FilesystemMap& other) {
  const auto files = test::all_files(one), others = test::all_files(other);
  ASSERT_EQ(files.size(), others.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    ASSERT_EQ(files[i].path, others[i].path);
    ASSERT_EQ(files[i].problem, others[i].problem) << files[i].path;
    if (!files[i].problem.empty()) continue;
    ASSERT_TRUE(test::content_of(one, files[i]) == test::content_of(other, others[i]))
        << files[i].path;
  }
}

class ExtSweep : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = dir_ / "folder";
    std::filesystem::create_directories(folder / "Mailbox" / "deep");
    test::write_file(folder / "Mailbox" / "DB1.edb", test::random_bytes(kMiB + 123, 1));
    for (int i = 0; i < 60; ++i)
      test::write_file(folder / "Mailbox" / "deep" / ("E00" + std::to_string(i) + ".log"),
                       test::random_bytes(static_cast<std::size_t>(i) * 700, 2));
    // A tree of extents, or blocks of block numbers.
    std::vector<std::byte> holes(900'000);
    for (std::size_t at = 0; at < holes.size(); at += 16384) holes[at] = std::byte{1};
    test::write_file(folder / "holes.edb", holes);
    test::make_ext(dir_ / "image", 8 * kMiB,
                   std::string("-N 512 ") + GetParam() + " -d '" + folder.string() + "'");
    clean_ = test::read_file(dir_ / "image");
  }

  // What was left of `bits` runs of marked blocks is called free, and the like.
  void lie(Random& random) const {
    ExtEditor editor(dir_ / "bad");
    for (std::uint64_t i = random() % 3; i < 3; ++i) {
      const auto group = static_cast<std::uint32_t>(random() % editor.groups());
      const bool checksum = random() % 4 != 0;
      const auto bits = [&](ExtEditor::Bitmap bitmap, std::uint32_t all, bool value) {
        const auto count = static_cast<std::uint32_t>(1 + random() % 200);
        const auto first = static_cast<std::uint32_t>(random() % all);
        editor.set_bits(bitmap, group, first, std::min(count, all - first), value, checksum);
      };
      switch (random() % 8) {
        case 0:
        case 1:
        case 2:
          bits(ExtEditor::Bitmap::blocks, editor.clusters_per_group(), false);
          break;
        case 3:
          bits(ExtEditor::Bitmap::blocks, editor.clusters_per_group(), true);
          break;
        case 4:
          bits(ExtEditor::Bitmap::inodes, editor.inodes_per_group(), false);
          break;
        case 5:
          editor.set_flags(group, ExtEditor::kBlockUninit, checksum);
          break;
        case 6:
          editor.set_flags(group, ExtEditor::kInodeUninit, checksum);
          break;
        case 7:
          editor.set_inodes_unused(
              group, static_cast<std::uint32_t>(random() % (editor.inodes_per_group() + 1)),
              checksum);
          break;
      }
    }
  }

  // As e2fsck leaves it.
  [[nodiscard]] std::vector<std::byte> repaired(const std::vector<std::byte>& bytes) const {
    test::write_file(dir_ / "repaired", bytes);
    const auto outcome = test::run_command("e2fsck -fy '" + (dir_ / "repaired") + "'");
    EXPECT_LT(outcome.exit_code, 4) << outcome.output;
    return test::read_file(dir_ / "repaired");
  }

  const test::TempDir dir_;
  std::vector<std::byte> clean_;
};

TEST_P(ExtSweep, EveryFileOfTheCopyIsTheSources) {
  int told = 0, whole = 0;
  for (int round = 0; round < test::random_rounds(TINTYPE_SWEEP_ROUNDS); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    // Each shape gets lies of its own.
    Random random(std::hash<std::string_view>{}(GetParam()) + static_cast<unsigned>(round));
    test::write_file(dir_ / "bad", clean_);
    lie(random);
    const MemoryVolume bad(test::read_file(dir_ / "bad"));
    const Copy copy = copy_of(bad, open_ext_map);
    told += copy.told;
    whole += copy.whole;
    if (copy.whole) continue;  // and so it is the source
    const MemoryVolume source(repaired(bad.bytes)), target(repaired(copy.bytes));
    expect_same(*must(open_ext_map(source)), *must(open_ext_map(target)));
    if (HasFatalFailure()) break;
  }
  RecordProperty("told", told);
  RecordProperty("copied_whole", whole);
  const MemoryVolume clean(clean_);
  EXPECT_FALSE(copy_of(clean, open_ext_map).told);
}

INSTANTIATE_TEST_SUITE_P(
    All, ExtSweep,
    ::testing::Values(
        "-t ext2 -b 1024 -g 1024", "-t ext2 -b 4096",
        "-t ext2 -b 1024 -O ^sparse_super,^resize_inode", "-t ext3 -b 1024 -g 1024",
        "-t ext3 -b 4096", "-t ext4 -b 1024 -g 1024", "-t ext4 -b 2048 -g 1024",
        "-t ext4 -b 4096 -g 512", "-t ext4 -b 1024 -O ^has_journal",
        "-t ext4 -b 1024 -g 1024 -O ^metadata_csum,uninit_bg",
        "-t ext4 -b 1024 -g 1024 -O ^metadata_csum,uninit_bg,^flex_bg",
        "-t ext4 -b 1024 -O ^metadata_csum", "-t ext4 -b 1024 -g 1024 -O ^64bit",
        "-t ext4 -b 1024 -g 1024 -O meta_bg,^resize_inode",
        "-t ext4 -b 1024 -g 1024 -O ^metadata_csum,meta_bg,^resize_inode,uninit_bg",
        "-t ext4 -b 1024 -g 1024 -O sparse_super2", "-t ext4 -b 4096 -O bigalloc -C 16384",
        "-t ext4 -b 1024 -O bigalloc -C 4096", "-t ext4 -b 4096 -O inline_data -I 512",
        "-t ext4 -b 1024 -g 1024 -O ^extent,^64bit", "-t ext4 -b 1024 -g 1024 -O ^flex_bg",
        "-t ext4 -b 1024 -g 1024 -O metadata_csum_seed", "-t ext4 -b 1024 -O orphan_file",
        "-t ext4 -b 1024 -g 1024 -O quota,project", "-t ext4 -b 1024 -O ea_inode,large_dir -I 128"),
    [](const auto& shape) { return "Shape" + std::to_string(shape.index); });

TEST(NtfsSweep, EveryFileOfTheCopyIsTheSources) {
  const test::TempDir dir;
  test::make_ntfs(dir / "image", {.bytes = 16 * kMiB, .cluster_bytes = 4096});
  for (int i = 0; i < 8; ++i) {
    test::write_file(dir / "file", test::random_bytes(100'000 * static_cast<std::size_t>(i + 1)));
    test::put_into_ntfs(dir / "image", dir / "file", "/file" + std::to_string(i));
  }
  const auto clean = test::read_file(dir / "image");
  const auto bitmap = test::ntfscat(dir / "image", "-i 6");
  const auto found = std::search(clean.begin(), clean.end(), bitmap.begin(), bitmap.end());
  ASSERT_NE(found, clean.end());
  const auto at = static_cast<std::size_t>(found - clean.begin());
  EXPECT_FALSE(copy_of(MemoryVolume(clean), open_ntfs_map).told);
  int told = 0;
  for (int seed = 0; seed < test::random_rounds(10 * TINTYPE_SWEEP_ROUNDS); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<unsigned>(seed));
    MemoryVolume bad(clean);
    for (std::uint64_t i = random() % 4; i < 4; ++i) {
      const std::uint64_t first = random() % (bitmap.size() * 8), count = 1 + random() % 300;
      for (std::uint64_t bit = first; bit < std::min(first + count, bitmap.size() * 8); ++bit)
        bad.bytes[at + bit / 8] &= ~(std::byte{1} << bit % 8);
    }
    const Copy copy = copy_of(bad, open_ntfs_map);
    told += copy.told;
    EXPECT_FALSE(copy.whole);
    const MemoryVolume target(copy.bytes);
    expect_same(*must(open_ntfs_map(bad)), *must(open_ntfs_map(target)));
    if (::testing::Test::HasFatalFailure()) break;
  }
  EXPECT_GT(told, 0);
}

}  // namespace
}  // namespace tintype
