#include "io/file/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "io/aligned_buffer.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;

std::string text_of(const std::string& path) {
  const auto bytes = test::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
void write_text(const std::string& path, std::string_view text) {
  test::write_file(path, std::as_bytes(std::span(text)));
}

class DurableFileTest : public ::testing::TestWithParam<Caching> {
 protected:
  // How many names are in the folder: nothing may be left lying about.
  [[nodiscard]] std::ptrdiff_t names() const {
    return std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator());
  }
  test::TempDir dir_;
  std::string final_ = dir_ / "final";
  std::string partial_ = dir_ / "final.partial";
};

INSTANTIATE_TEST_SUITE_P(, DurableFileTest,
                         ::testing::Values(Caching::direct_if_possible, Caching::page_cache),
                         [](const auto& instance) {
                           return instance.param == Caching::page_cache ? "page_cache" : "direct";
                         });

TEST_P(DurableFileTest, HasItsNameOnlyAfterCommit) {
  AlignedBuffer content(8192);
  std::ranges::copy(test::random_bytes(8192), content.bytes().begin());
  {
    auto file = must(DurableFile::create(final_, GetParam()));
    EXPECT_TRUE(ok(file.file().write_at(0, content.bytes())));
    EXPECT_FALSE(fs::exists(final_));
    EXPECT_TRUE(fs::exists(partial_));
    EXPECT_TRUE(ok(file.commit()));
    EXPECT_FALSE(file.file().is_open());
    EXPECT_EQ(names(), 1);
  }
  EXPECT_EQ(names(), 1);
  EXPECT_TRUE(std::ranges::equal(test::read_file(final_), content.bytes()));
}

TEST_P(DurableFileTest, WithoutCommitNothingIsLeft) {
  {
    const auto file = must(DurableFile::create(final_, GetParam()));
    EXPECT_EQ(names(), 1);
  }
  EXPECT_EQ(names(), 0);
}

TEST_P(DurableFileTest, AKeptPartialStaysAndIsRemovedByTheNext) {
  {
    auto file = must(DurableFile::create(final_, GetParam()));
    EXPECT_TRUE(ok(file.file().set_size(4096)));
    file.keep_partial();
  }
  EXPECT_EQ(fs::file_size(partial_), 4096u);
  auto file = must(DurableFile::create(final_, GetParam()));
  EXPECT_EQ(fs::file_size(partial_), 0u) << "the left-over's bytes must not show through";
  EXPECT_TRUE(ok(file.commit()));
  EXPECT_EQ(fs::file_size(final_), 0u);
  EXPECT_EQ(names(), 1);
}

TEST_P(DurableFileTest, AMovedOneIsTheOnlyOne) {
  std::optional<DurableFile> first = must(DurableFile::create(final_, GetParam()));
  DurableFile second(*std::move(first));
  first.reset();
  EXPECT_TRUE(fs::exists(partial_));
  EXPECT_TRUE(ok(second.commit()));
  EXPECT_TRUE(fs::exists(final_));
}

TEST_P(DurableFileTest, AnExistingNameIsNeverTaken) {
  write_text(final_, "old");
  EXPECT_EQ(DurableFile::create(final_, GetParam()).error().code, std::errc::file_exists);
  EXPECT_EQ(text_of(final_), "old");
  fs::remove(final_);
  fs::create_directory(final_);
  EXPECT_EQ(DurableFile::create(final_, GetParam()).error().code, std::errc::file_exists);
  fs::remove(final_);
  fs::create_symlink("nowhere", final_);
  EXPECT_EQ(DurableFile::create(final_, GetParam()).error().code, std::errc::file_exists);
  EXPECT_EQ(names(), 1);
}

TEST_P(DurableFileTest, ANameThatAppearedMeanwhileIsNotReplaced) {
  {
    auto file = must(DurableFile::create(final_, GetParam()));
    write_text(final_, "somebody else's");
    const auto committed = file.commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, std::errc::file_exists);
    EXPECT_THAT(committed.error().line(), HasSubstr("never replaced"));
    EXPECT_FALSE(file.commit()) << "a failed commit is final";
  }
  EXPECT_EQ(text_of(final_), "somebody else's");
  EXPECT_EQ(names(), 1);
}

TEST_P(DurableFileTest, SomebodyElsesPartialIsNeitherPublishedNorRemoved) {
  for (const bool replaced : {true, false}) {
    {
      auto file = must(DurableFile::create(final_, GetParam()));
      fs::remove(partial_);
      if (replaced) write_text(partial_, "theirs, half written");
      const auto committed = file.commit();
      ASSERT_FALSE(committed);
      EXPECT_THAT(committed.error().line(), HasSubstr("was replaced while it was written"));
    }
    EXPECT_FALSE(fs::exists(final_));
    EXPECT_EQ(fs::exists(partial_), replaced);
  }
}

TEST_P(DurableFileTest, CommitIsOnce) {
  auto file = must(DurableFile::create(final_, GetParam()));
  EXPECT_TRUE(ok(file.commit()));
  EXPECT_THAT(file.commit().error().line(), HasSubstr("it was closed before"));
  EXPECT_TRUE(fs::exists(final_));
}

TEST_P(DurableFileTest, WhereItCannotBeCreatedItSaysSo) {
  EXPECT_EQ(DurableFile::create(dir_ / "missing/final", GetParam()).error().code,
            std::errc::no_such_file_or_directory);
  fs::create_directory(partial_);
  write_text(partial_ + "/x", "");
  EXPECT_THAT(DurableFile::create(final_, GetParam()).error().line(), HasSubstr(partial_));
  EXPECT_TRUE(fs::exists(partial_ + "/x"));
}

TEST_P(DurableFileTest, AFullFileSystemLeavesNothing) {
  const auto tmpfs = test::TinyTmpfs::mount(dir_ / "tiny", 1 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  const std::string content(3 << 20, 'x');
  EXPECT_EQ(write_durably(dir_ / "tiny/final", content).error().code,
            std::errc::no_space_on_device);
  EXPECT_TRUE(fs::is_empty(dir_ / "tiny"));
}

TEST(WriteDurably, PutsTheWholeContentUnderTheName) {
  const test::TempDir dir;
  const std::string large(100'001, 'x');
  for (const auto& [name, content] :
       {std::pair<const char*, std::string_view>{"a", "{}\n"}, {"b", ""}, {"c", large}}) {
    EXPECT_TRUE(ok(write_durably(dir / name, content)));
    EXPECT_EQ(text_of(dir / name), content);
    EXPECT_EQ(write_durably(dir / name, "other").error().code, std::errc::file_exists);
    EXPECT_EQ(text_of(dir / name), content);
  }
}

fs::perms mode_of(const std::string& path) {
  return fs::status(path).permissions();
}

TEST(WriteDurably, MakesFilesThatOnlyTheirOwnerReads) {
  const test::TempDir dir;
  EXPECT_TRUE(ok(write_durably(dir / "own", "x")));
  EXPECT_TRUE(ok(write_durably(dir / "open", "x", Permissions::by_umask)));
  EXPECT_EQ(mode_of(dir / "own"), fs::perms::owner_read | fs::perms::owner_write);
  test::write_file(dir / "other program's", {});
  EXPECT_EQ(mode_of(dir / "open"), mode_of(dir / "other program's"));
}

TEST(MakeFolderDurably, SaysWhetherItMadeOneAndLeavesAnotherAlone) {
  const test::TempDir dir;
  EXPECT_TRUE(must(make_folder_durably(dir / "own/")));
  EXPECT_EQ(mode_of(dir / "own"), fs::perms::owner_all);
  fs::permissions(dir / "own", fs::perms::group_read, fs::perm_options::add);
  EXPECT_FALSE(must(make_folder_durably(dir / "own")));
  EXPECT_EQ(mode_of(dir / "own"), fs::perms::owner_all | fs::perms::group_read);
  EXPECT_TRUE(must(make_folder_durably(dir / "open", Permissions::by_umask)));
  fs::create_directory(dir / "other program's");
  EXPECT_EQ(mode_of(dir / "open"), mode_of(dir / "other program's"));
  write_text(dir / "file", "x");
  EXPECT_EQ(make_folder_durably(dir / "file").error().code, std::errc::file_exists);
  EXPECT_EQ(make_folder_durably(dir / "no/where").error().code,
            std::errc::no_such_file_or_directory);
}

TEST(RenameDurably, MovesFilesAndFoldersAndReplacesNothing) {
  const test::TempDir dir;
  write_text(dir / "a", "a");
  write_text(dir / "b", "b");
  fs::create_directories(dir / "full.partial/inner");
  fs::create_directory(dir / "empty");

  EXPECT_EQ(rename_durably(dir / "a", dir / "b").error().code, std::errc::file_exists);
  EXPECT_EQ(rename_durably(dir / "full.partial", dir / "empty").error().code,
            std::errc::file_exists);
  EXPECT_EQ(rename_durably(dir / "missing", dir / "x").error().code,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(text_of(dir / "a"), "a");
  EXPECT_EQ(text_of(dir / "b"), "b");

  EXPECT_TRUE(ok(rename_durably(dir / "a", dir / "c")));
  EXPECT_TRUE(ok(rename_durably(dir / "c", dir / "empty/c")));
  EXPECT_EQ(text_of(dir / "empty/c"), "a");
  EXPECT_TRUE(ok(rename_durably(dir / "full.partial", dir / "full")));
  EXPECT_TRUE(ok(rename_durably((dir / "full") + "/", (dir / "moved") + "//")));
  EXPECT_TRUE(fs::is_directory(dir / "moved/inner"));
}

TEST(SyncDirectory, SaysWhatItCannotSync) {
  const test::TempDir dir;
  write_text(dir / "file", "");
  EXPECT_TRUE(ok(sync_directory(dir.path().string())));
  EXPECT_EQ(sync_directory(dir / "missing").error().code, std::errc::no_such_file_or_directory);
  EXPECT_EQ(sync_directory(dir / "file").error().code, std::errc::not_a_directory);
}

}  // namespace
}  // namespace tintype
