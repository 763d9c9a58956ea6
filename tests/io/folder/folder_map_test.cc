// The image of a folder as a file system, and every lie about it.
#include "io/folder/folder_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "io/folder/folder_format.h"
#include "io/folder/folder_volume.h"
#include "io/source/open_filesystem.h"
#include "support/expect_ok.h"
#include "support/memory_volume.h"
#include "support/odd_tree.h"
#include "support/temp_dir.h"
#include "tests/io/filesystem/map_probe.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::HasSubstr;

test::MemoryVolume image_of(const std::string& folder) {
  const auto volume = must(open_folder_volume(folder, {}));
  std::vector<std::byte> bytes(volume->size_bytes());
  must(volume->read(0, bytes));
  return test::MemoryVolume(std::move(bytes));
}

class FolderMapTest : public ::testing::Test {
 protected:
  FolderMapTest() : tree_(dir_ / "tree") { test::make_odd_tree(tree_); }
  test::TempDir dir_;
  const std::string tree_;
};

TEST_F(FolderMapTest, FindsEveryRegularFileOnceWithItsBytes) {
  const auto volume = image_of(tree_);
  const FilesystemProbe probe = must(probe_filesystem(volume));
  EXPECT_EQ(probe.type, "folder");
  const auto map = must(open_filesystem_map(volume, probe));
  EXPECT_EQ(map->type(), "folder");
  EXPECT_EQ(map->allocated(), (ExtentList{{0, volume.size_bytes()}}));
  EXPECT_EQ(map->unreliable(), "");
  EXPECT_EQ(test::probe_map(volume, *map, 1), "");
  std::size_t regular = 0;
  for (const auto& entry : fs::recursive_directory_iterator(tree_))
    if (entry.is_regular_file() && !entry.is_symlink()) ++regular;
  const auto files = must(map->find({"**"}));
  EXPECT_EQ(files.size() + 2, regular) << "two are links to others";
  EXPECT_TRUE(std::ranges::is_sorted(files, {}, &FileEntry::path));
  for (const FileEntry& file : files) {
    std::vector<std::byte> bytes(file.size_bytes);
    must(map->read(file, 0, bytes));
    EXPECT_TRUE(bytes == test::read_file(tree_ + file.path)) << file.path;
    ASSERT_TRUE(file.modified);
  }
  EXPECT_EQ(must(map->find({"/Mailbox/sub/*"})).size(), 40u);
  EXPECT_EQ(must(map->find({"SIZE65535"})).at(0).modified->tv_sec, -12345);
}

TEST_F(FolderMapTest, SparseFilesHaveRunsOnlyWhereTheyHaveData) {
  const auto volume = image_of(tree_);
  const auto map = must(open_folder_map(volume));
  const FileEntry holes = must(map->find({"holes"})).at(0);
  EXPECT_EQ(holes.size_bytes, (12u << 20) + 17);
  EXPECT_EQ(holes.runs.size(), 4u);
  EXPECT_TRUE(must(map->find({"one-hole"})).at(0).runs.empty());
  EXPECT_EQ(must(map->find({"size3000007"})).at(0).runs.size(), 1u);
}

TEST_F(FolderMapTest, NamesTheOwnersOfRanges) {
  const auto volume = image_of(tree_);
  const auto map = must(open_folder_map(volume));
  const FileEntry file = must(map->find({"size1048576"})).at(0);
  const std::uint64_t at = file.runs.at(0).volume_offset;
  const auto owners =
      must(map->owners({{at + 5120, 512}, {0, 512}, {volume.size_bytes() - 512, 512}}));
  EXPECT_EQ(owners.at(0).path, "/size1048576");
  EXPECT_EQ(owners.at(0).file_offset, 5120u);
  EXPECT_EQ(owners.at(1).path, "");
  EXPECT_EQ(owners.at(2).path, "");
}

// The digest over the index tells of each of them.
TEST_F(FolderMapTest, NoChangeInHeadOrIndexIsOverlooked) {
  auto volume = image_of(tree_);
  const FolderHead head = *parse_folder_head(volume.bytes);
  const auto expect_refused = [&](std::size_t at) {
    volume.bytes[at] ^= std::byte{1};
    EXPECT_FALSE(open_folder_map(volume)) << at;
    volume.bytes[at] ^= std::byte{1};
  };
  for (std::size_t at = 0; at < kFolderHeadBytes; ++at) expect_refused(at);
  ASSERT_LT(head.index_bytes, kIndexPieceDataBytes);
  const std::size_t data_at = head.index_at + folder_index_piece_head().size();
  for (std::size_t at = head.index_at; at < data_at + head.index_bytes; at += 3) expect_refused(at);
  EXPECT_TRUE(test::ok(open_folder_map(volume)));
  for (std::size_t cut = 0; cut < data_at + head.index_bytes; cut += 4093)
    EXPECT_FALSE(open_folder_map(test::MemoryVolume(
        {volume.bytes.begin(), volume.bytes.begin() + static_cast<std::ptrdiff_t>(cut)})))
        << cut;
}

// An index as somebody may forge it: with a digest that is right.
test::MemoryVolume forged(const std::vector<FolderMember>& members, std::uint64_t files) {
  std::vector<std::byte> index;
  for (const FolderMember& member : members) append_index_entry(member, index);
  Xxh3Stream digest;
  digest.update(index);
  const FolderHead head{.index_at = 8192,
                        .index_bytes = index.size(),
                        .entries = files,
                        .index_digest = digest.digest()};
  const auto head_bytes = to_bytes(head);
  std::vector<std::byte> bytes(head_bytes.begin(), head_bytes.end());
  bytes.resize(8192);
  const auto& piece = folder_index_piece_head();
  bytes.insert(bytes.end(), piece.begin(), piece.end());
  index.resize(kIndexPieceDataBytes + 1);
  bytes.insert(bytes.end(), index.begin(), index.end());
  return test::MemoryVolume(std::move(bytes));
}

TEST(FolderMapLies, AForgedIndexIsRefused) {
  const FolderMember good{.path = "a", .size_bytes = 100, .data_at = 1024, .modified = {}};
  EXPECT_TRUE(test::ok(open_folder_map(forged({good}, 1))));
  EXPECT_FALSE(open_folder_map(forged({good}, 2)));
  EXPECT_FALSE(open_folder_map(forged({good, good}, 2))) << "two files with the same bytes";
  for (const char* path : {"../a", "/a", "a/../../b", "", "a//b", "."}) {
    FolderMember bad = good;
    bad.path = path;
    EXPECT_FALSE(open_folder_map(forged({bad}, 1))) << path;
  }
  FolderMember outside = good;
  outside.data_at = 8192;
  EXPECT_FALSE(open_folder_map(forged({outside}, 1))) << "in the index itself";
}

TEST(FolderMapLies, AHeadMayClaimAnything) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{512}, std::uint64_t{8191}, std::uint64_t{1} << 40,
        ~std::uint64_t{0}, ~std::uint64_t{0} - 65535, std::uint64_t{1} << 63}) {
    for (int field = 0; field < 4; ++field) {
      auto volume = forged({{.path = "a", .size_bytes = 1, .data_at = 1024, .modified = {}}}, 1);
      FolderHead head = *parse_folder_head(volume.bytes);
      (field == 0   ? head.index_at
       : field == 1 ? head.index_bytes
       : field == 2 ? head.entries
                    : head.separator_bytes) = number;
      const auto bytes = to_bytes(head);
      std::ranges::copy(bytes, volume.bytes.begin());
      const bool harmless = field == 3 && number == 0;  // as it was
      EXPECT_EQ(open_folder_map(volume).has_value(), harmless) << field << " " << number;
    }
  }
}

TEST(FolderMapLies, AFileThatLooksLikeAFileSystemDoesNotMakeTheFolderOne) {
  test::TempDir dir;
  fs::create_directory(dir / "tree");
  ASSERT_EQ(test::run_command("cd '" + (dir / "tree") +
                              "' && truncate -s 8M disk && mke2fs -q -t ext4 disk && "
                              "truncate -s 8M parts && echo ',,' | sfdisk -q parts")
                .exit_code,
            0);
  EXPECT_EQ(must(probe_filesystem(image_of(dir / "tree"))).type, "folder");
}

}  // namespace
}  // namespace tintype
