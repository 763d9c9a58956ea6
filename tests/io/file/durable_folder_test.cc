#include "io/file/durable_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;

class DurableFolders : public ::testing::Test {
 protected:
  void put(const std::string& name) const {
    fs::create_directories(fs::path(aside_) / "below");
    test::write_file(aside_ + "/" + name, test::random_bytes(100));
  }
  [[nodiscard]] std::ptrdiff_t names() const {
    return std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator());
  }
  test::TempDir dir_;
  std::string aside_ = dir_ / "aside";
  std::string final_ = dir_ / "final";
};

TEST_F(DurableFolders, HasItsNameAfterCommit) {
  {
    auto folder = must(DurableFolder::create(aside_));
    put("below/file");
    EXPECT_FALSE(fs::exists(final_));
    EXPECT_TRUE(ok(folder.commit(final_)));
  }
  EXPECT_TRUE(fs::exists(final_ + "/below/file"));
  EXPECT_EQ(names(), 1);
}

TEST_F(DurableFolders, IsGoneWithAllInItIfNotCommitted) {
  {
    const auto folder = must(DurableFolder::create(aside_));
    put("file");
    put("below/file");
  }
  EXPECT_EQ(names(), 0);
}

TEST_F(DurableFolders, OneThatWasMovedFromRemovesNothing) {
  auto folder = must(DurableFolder::create(aside_));
  std::optional<DurableFolder> taken(std::move(folder));
  { const DurableFolder gone(std::move(folder)); }
  EXPECT_TRUE(fs::exists(aside_));
  taken.reset();
  EXPECT_EQ(names(), 0);
}

TEST_F(DurableFolders, WhatIsThereIsNeitherTakenNorReplaced) {
  fs::create_directory(final_);
  test::write_file(aside_, test::random_bytes(10));
  EXPECT_FALSE(DurableFolder::create(aside_));
  fs::remove(aside_);
  fs::create_directory(aside_);
  put("file");
  const auto taken = DurableFolder::create(aside_);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, std::errc::file_exists);
  EXPECT_TRUE(fs::exists(aside_ + "/file"));

  auto folder = must(DurableFolder::create(dir_ / "other"));
  const auto committed = folder.commit(final_);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, std::errc::file_exists);
  EXPECT_TRUE(fs::is_empty(final_));
}

TEST_F(DurableFolders, IsItsOwnersAloneWhateverTheUmask) {
  for (const mode_t mask : {0000, 0022, 0777}) {
    const mode_t before = ::umask(mask);
    const auto folder = DurableFolder::create(aside_);
    ::umask(before);
    ASSERT_TRUE(ok(folder));
    EXPECT_EQ(fs::status(aside_).permissions(), fs::perms::owner_all) << mask;
  }
}

TEST_F(DurableFolders, ClearLeavesTheFolder) {
  const auto folder = must(DurableFolder::create(aside_));
  put("file");
  put("below/file");
  folder.clear();
  EXPECT_TRUE(fs::is_empty(aside_));
}

}  // namespace
}  // namespace tintype
