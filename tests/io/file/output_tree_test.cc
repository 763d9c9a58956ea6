#include "io/file/output_tree.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using test::TempDir;
using ::testing::HasSubstr;

const std::vector<std::byte> kContent(100, std::byte{'x'});

// A file with content, written aside.
void put(const OutputTree& tree, std::size_t number) {
  const File file = must(tree.create(number, "shown", Caching::page_cache));
  must(file.write_at(0, kContent));
}

std::vector<std::string> everything_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    paths.push_back(fs::relative(entry.path(), folder));
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(OutputPath, StaysBelowTheFolderWhateverTheVolumeSays) {
  EXPECT_EQ(output_path("/Mailbox/DB1.edb"), "Mailbox/DB1.edb");
  EXPECT_EQ(output_path("a//b/"), "a/b");
  EXPECT_EQ(output_path("/"), "");
  for (const char* path : {"/../../etc/passwd", "/./a", "..", "/a/../b", "//..//.."}) {
    const std::string out = output_path(path);
    for (const auto& component : fs::path(out)) {
      EXPECT_NE(component, "..") << path;
      EXPECT_NE(component, ".") << path;
    }
    EXPECT_FALSE(out.starts_with("/")) << path;
  }
  EXPECT_EQ(output_path(std::string("/a\0b", 4)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(output_path("/..\\..\\x"), "..\\..\\x") << "one name: a backslash is no slash here";
  EXPECT_EQ(output_path("/.tintype-unfinished/0"), ".tintype-unfinished~/0");
  EXPECT_EQ(output_path("/.Tintype-UNFINISHED"), ".Tintype-UNFINISHED~");
  EXPECT_EQ(output_path("/a/.tintype-unfinished"), "a/.tintype-unfinished");
}

TEST(OutputPath, LongNamesAreCutToWhatAFileSystemTakesAndStayApart) {
  std::string japanese;
  for (int i = 0; i < 250; ++i) japanese += "\xE9\x83\xB5";  // 750 bytes, one name on NTFS
  const std::string one = output_path("/" + japanese + "1.edb");
  const std::string other = output_path("/" + japanese + "2.edb");
  EXPECT_LE(one.size(), 255u);
  EXPECT_NE(one, other);
  EXPECT_TRUE(one.ends_with(".edb"));
  EXPECT_TRUE(one.starts_with("\xE9\x83\xB5\xE9\x83\xB5"));
  EXPECT_THAT(one, HasSubstr("\xE9\x83\xB5~")) << "cut between characters";
  const TempDir dir;
  const OutputTree tree = must(OutputTree::open(dir.path()));
  put(tree, 0);
  EXPECT_TRUE(ok(tree.name(0, one, false)));
}

TEST(OutputTree, FilesGetTheirNamesAndTimesAndNothingElseIsLeft) {
  const TempDir dir;
  {
    const OutputTree tree = must(OutputTree::open(dir / "new"));
    for (const std::size_t number : {0u, 1u, 2u, 3u}) put(tree, number);
    must(tree.set_modified(0, {.tv_sec = 1'000'000'000, .tv_nsec = 5}));
    must(tree.sync());
    must(tree.name(0, "a/b/c", false));
    must(tree.name(1, "a/b/d", false));
    must(tree.name(2, "e", false));
    EXPECT_EQ(must(tree.taken("a/b/c")), OutputTree::Taken::by_file);
    EXPECT_EQ(must(tree.taken("a/b")), OutputTree::Taken::by_other);
    EXPECT_EQ(must(tree.taken("e/f")), OutputTree::Taken::by_other);
    EXPECT_EQ(must(tree.taken("x/y")), OutputTree::Taken::no);
  }
  EXPECT_THAT(everything_in(dir / "new"), testing::ElementsAre("a", "a/b", "a/b/c", "a/b/d", "e"));
  EXPECT_EQ(test::read_file(dir / "new/a/b/c"), kContent);
  struct stat status = {};
  ASSERT_EQ(::stat((dir / "new/a/b/c").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(status.st_mtim.tv_nsec, 5);
}

TEST(OutputTree, ExistingFilesAreReplacedOnlyIfAskedForAndLinksNeverFollowed) {
  const TempDir dir;
  fs::create_directories(dir / "out");
  fs::create_directories(dir / "elsewhere");
  test::write_file(dir / "elsewhere/victim", kContent);
  test::write_file(dir / "out/old", {});
  fs::create_symlink(dir / "elsewhere", dir / "out/folder");
  fs::create_symlink(dir / "elsewhere/victim", dir / "out/file");
  fs::create_symlink(dir / "elsewhere/new", dir / "out/dangling");
  const OutputTree tree = must(OutputTree::open(dir / "out"));
  for (const std::size_t number : {0u, 1u, 2u, 3u}) put(tree, number);

  EXPECT_FALSE(tree.name(0, "old", false));
  EXPECT_TRUE(fs::is_empty(dir / "out/old"));
  EXPECT_TRUE(ok(tree.name(0, "old", true)));
  EXPECT_EQ(test::read_file(dir / "out/old"), kContent);

  EXPECT_FALSE(tree.name(1, "dangling", false));
  const auto below_link = tree.name(1, "folder/victim", true);
  ASSERT_FALSE(below_link);
  EXPECT_THAT(below_link.error().line(), HasSubstr("is a link or no folder"));
  EXPECT_EQ(must(tree.taken("folder/victim")), OutputTree::Taken::by_other);
  EXPECT_EQ(must(tree.taken("file")), OutputTree::Taken::by_file);
  EXPECT_TRUE(ok(tree.name(1, "file", true))) << "the link goes, not what it leads to";
  EXPECT_FALSE(fs::is_symlink(dir / "out/file"));
  EXPECT_FALSE(tree.name(2, "folder", false));
  EXPECT_FALSE(fs::exists(dir / "elsewhere/new"));
  EXPECT_EQ(everything_in(dir / "elsewhere"), std::vector<std::string>{"victim"});
}

TEST(OutputTree, OneRunAtATimeAndWhatADeadOneLeftGoes) {
  const TempDir dir;
  {
    const OutputTree tree = must(OutputTree::open(dir.path()));
    put(tree, 7);
    const auto second = OutputTree::open(dir.path());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().line(), HasSubstr("another run"));
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
  fs::create_directory(dir / ".tintype-unfinished");
  test::write_file(dir / ".tintype-unfinished/3", kContent);
  {
    const OutputTree tree = must(OutputTree::open(dir.path()));
    EXPECT_TRUE(fs::is_empty(dir / ".tintype-unfinished"));
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(OutputTree, ALinkInPlaceOfItsOwnFolderIsRefused) {
  const TempDir dir;
  fs::create_directories(dir / "out");
  fs::create_directories(dir / "elsewhere");
  test::write_file(dir / "elsewhere/0", kContent);
  fs::create_symlink(dir / "elsewhere", dir / "out/.tintype-unfinished");
  EXPECT_FALSE(OutputTree::open(dir / "out"));
  EXPECT_TRUE(fs::exists(dir / "elsewhere/0"));
  EXPECT_FALSE(OutputTree::open(dir / "no/such"));
}

}  // namespace
}  // namespace tintype
