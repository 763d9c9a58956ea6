// Extraction of what is no plain file: further names, links, empty folders, devices; and the modes
// that files and folders get.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "engine/flow/file_writer.h"
#include "support/random_bytes.h"
#include "tests/engine/extract/extract_fixture.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

// "data" under two names and a third in a folder, links, an empty folder, and what is not made.
void make_tree(const std::string& folder) {
  fs::create_directories(folder + "/sub/empty");
  test::write_file(folder + "/zero", test::random_bytes(3000, 1));
  test::write_file(folder + "/large", test::random_bytes(5 << 20, 2));
  fs::create_hard_link(folder + "/zero", folder + "/hard");
  fs::create_hard_link(folder + "/zero", folder + "/sub/third");
  fs::create_hard_link(folder + "/large", folder + "/sub/large too");
  fs::create_symlink("zero", folder + "/soft");
  fs::create_symlink("/etc/passwd", folder + "/sub/away");
  fs::create_symlink(std::string(300, 'x'), folder + "/sub/far");  // too long for an inode
  ASSERT_EQ(::mkfifo((folder + "/pipe").c_str(), 0600), 0);
  ASSERT_EQ(::chmod((folder + "/zero").c_str(), 04751), 0);
  ASSERT_EQ(::chmod((folder + "/sub/empty").c_str(), 0555), 0);
  ASSERT_EQ(::chmod((folder + "/sub").c_str(), 0710), 0);
}

void expect_tree(const std::string& out, const std::string& content) {
  for (const char* name : {"zero", "large"})
    EXPECT_TRUE(test::read_file(out + "/" + name) == test::read_file(content + "/" + name)) << name;
  EXPECT_TRUE(fs::equivalent(out + "/zero", out + "/hard"));
  EXPECT_TRUE(fs::equivalent(out + "/zero", out + "/sub/third"));
  EXPECT_TRUE(fs::equivalent(out + "/large", out + "/sub/large too"));
  EXPECT_EQ(fs::read_symlink(out + "/soft"), "zero");
  EXPECT_EQ(fs::read_symlink(out + "/sub/away"), "/etc/passwd");
  EXPECT_EQ(fs::read_symlink(out + "/sub/far"), std::string(300, 'x'));
  EXPECT_TRUE(fs::is_empty(out + "/sub/empty"));
  EXPECT_FALSE(fs::exists(out + "/pipe"));
  EXPECT_EQ(mode_of(out + "/zero"), 0700) << "the owner's part, no set-user-ID";
  EXPECT_EQ(mode_of(out + "/sub/empty"), 0500);
  EXPECT_EQ(mode_of(out + "/sub"), 0700);
}

std::vector<const ExtractedNode*> not_made(const ExtractOutcome& outcome) {
  std::vector<const ExtractedNode*> nodes;
  for (const ExtractedNode& node : outcome.nodes)
    if (node.state == ExtractedFile::State::not_made) nodes.push_back(&node);
  return nodes;
}

class ExtractNodes : public ::testing::Test {
 protected:
  void SetUp() override {
    make_tree(dir_ / "content");
    test::make_ext4_of(dir_ / "content", dir_ / "disk");
    of_volume_ = test::back_up({dir_ / "disk"}, dir_ / "repo");
    of_folder_ = test::back_up({dir_ / "content"}, dir_ / "repo2");
  }
  TempDir dir_;
  std::vector<ExtractOptions::Source> of_volume_, of_folder_;
  test::RecordingMonitor monitor_;
};

TEST_F(ExtractNodes, ATreeComesBackWithItsNamesLinksAndFolders) {
  for (const auto& sources : {of_volume_, of_folder_})
    for (const bool serial : {false, true}) {
      const std::string out = dir_ / "out";
      ExtractOptions options{.sources = sources, .paths = {"/"}, .folder = out};
      options.pass.serial = serial;
      const auto outcome = must(run_extract(options, monitor_));
      EXPECT_TRUE(outcome.sound());
      expect_tree(out, dir_ / "content");
      ASSERT_EQ(not_made(outcome).size(), 1u);
      EXPECT_EQ(not_made(outcome)[0]->node.path, "/pipe");
      EXPECT_EQ(test::file_of(outcome, "/large")->link_to, "");
      EXPECT_EQ(test::file_of(outcome, "/sub/large too")->link_to, "large");
      // And over what is there.
      options.overwrite = true;
      EXPECT_TRUE(must(run_extract(options, monitor_)).sound());
      expect_tree(out, dir_ / "content");
      fs::remove_all(out);
    }
}

TEST_F(ExtractNodes, OneNameOfAFileIsEnoughWhicheverItIs) {
  for (const auto& sources : {of_volume_, of_folder_})
    for (const char* name : {"zero", "hard", "sub/third"}) {
      const std::string out = dir_ / "out";
      const auto outcome = must(run_extract(
          {.sources = sources, .paths = {std::string("/") + name}, .folder = out}, monitor_));
      EXPECT_TRUE(outcome.sound());
      EXPECT_THAT(test::files_below(out), ::testing::ElementsAre(name));
      EXPECT_TRUE(test::read_file(out + "/" + name) == test::read_file(dir_ / "content/zero"));
      fs::remove_all(out);
    }
}

TEST_F(ExtractNodes, AnEmptyFolderOrALinkIsSomethingToAskFor) {
  for (const auto& sources : {of_volume_, of_folder_}) {
    const std::string out = dir_ / "out";
    ASSERT_TRUE(test::ok(run_extract(
        {.sources = sources, .paths = {"/sub/empty", "soft"}, .folder = out}, monitor_)));
    EXPECT_TRUE(fs::is_directory(out + "/sub/empty"));
    EXPECT_TRUE(fs::is_symlink(out + "/soft"));
    EXPECT_EQ(mode_of(out + "/sub"), 0700) << "it was not asked for: its mode is not known";
    fs::remove_all(out);
  }
}

TEST_F(ExtractNodes, NothingIsWrittenThroughALink) {
  // The volume's own link leads out of the folder, and a file is to lie behind it.
  const std::string out = dir_ / "out";
  fs::create_directories(dir_ / "outside");
  fs::create_directories(out);
  fs::create_symlink(dir_ / "outside", out + "/sub");
  ExtractOptions options{.sources = of_volume_, .paths = {"/"}, .folder = out, .overwrite = true};
  const auto refused = run_extract(options, monitor_);
  EXPECT_FALSE(refused);
  EXPECT_TRUE(fs::is_empty(dir_ / "outside"));
}

TEST_F(ExtractNodes, OpenPermissionsGiveTheWholeModeThatIsKnown) {
  const mode_t before = ::umask(022);
  const auto outcome = must(run_extract({.sources = of_volume_,
                                         .paths = {"/"},
                                         .folder = dir_ / "out",
                                         .permissions = Permissions::by_umask},
                                        monitor_));
  ::umask(before);
  EXPECT_TRUE(outcome.sound());
  EXPECT_EQ(mode_of(dir_ / "out"), 0755u);
  EXPECT_EQ(mode_of(dir_ / "out/zero"), 0751u);
  EXPECT_EQ(mode_of(dir_ / "out/sub"), 0710u);
}

TEST(ExtractNtfs, FurtherNamesEmptyFoldersAndModesThatAreNotKnown) {
  const TempDir dir;
  test::make_ntfs(dir / "disk", {.bytes = 16 << 20});
  {
    TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(dir / "disk"));
    fs::create_directories(mount / "sub/empty");
    test::write_file(mount / "small", test::random_bytes(100, 1));
    test::write_file(mount / "plain", test::random_bytes(200'000, 2));
    fs::create_hard_link(mount / "plain", mount / "sub/other");
    fs::create_hard_link(mount / "small", mount / "sub/small too");
  }
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  test::RecordingMonitor monitor;
  const std::string out = dir / "out";
  const mode_t before = ::umask(022);
  const auto outcome =
      must(run_extract({.sources = sources, .paths = {"/"}, .folder = out}, monitor));
  ::umask(before);
  EXPECT_TRUE(outcome.sound());
  EXPECT_TRUE(fs::equivalent(out + "/plain", out + "/sub/other"));
  EXPECT_TRUE(fs::equivalent(out + "/small", out + "/sub/small too"));
  EXPECT_TRUE(test::read_file(out + "/plain") == test::random_bytes(200'000, 2));
  EXPECT_TRUE(fs::is_empty(out + "/sub/empty"));
  EXPECT_EQ(mode_of(out), 0700);
  EXPECT_EQ(mode_of(out + "/plain"), 0600);
  EXPECT_EQ(mode_of(out + "/sub"), 0700);
}

TEST(FileWriter, ATwinHasTheSameBytesAndIsReadBackLikeAllOthers) {
  const TempDir dir;
  const auto content = test::random_bytes(10'000);
  const OutputTree tree = must(OutputTree::open(dir / "out"));
  FileWriter writer(tree, 4096);
  const std::size_t file = writer.add("file", content.size(), {}),
                    twin = writer.add("twin", content.size(), {});
  must(writer.write_whole(file, content));
  must(writer.repeat({{file, twin}}));
  must(writer.finish());
  const auto parts = writer.take_parts();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].file, twin);
  EXPECT_EQ(parts[1].digest, xxh3_128(content));
  must(tree.name(twin, "twin", false));
  EXPECT_TRUE(test::read_file(dir / "out/twin") == content);
}

}  // namespace
}  // namespace tintype
