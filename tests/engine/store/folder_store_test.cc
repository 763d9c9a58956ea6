// A folder as a store: what its callers rely on beside what the repository's own tests show.
#include "engine/store/folder_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::ElementsAre;

class FolderStoreTest : public testing::Test {
 protected:
  FolderStoreTest() {
    static_cast<void>(must(create_store(dir_ / "repo", "{}", "id", Permissions::owner_only)));
  }
  test::TempDir dir_;
  std::shared_ptr<ImageStore> store_ = open_store(dir_ / "repo");
};

TEST_F(FolderStoreTest, ATextIsWrittenOnceAndReadBack) {
  must(store_->write_beside_sets("verdicts/b.json", "b"));
  must(store_->write_beside_sets("verdicts/a.json", "a"));
  EXPECT_FALSE(store_->write_beside_sets("verdicts/a.json", "other"));
  EXPECT_EQ(must(store_->read_text("verdicts/a.json", 1)), "a");
  EXPECT_THAT(must(store_->list("verdicts")), ElementsAre("a.json", "b.json"));
  EXPECT_FALSE(store_->read_text("verdicts/a.json", 0)) << "larger than it may be";
  store_->discard("verdicts/a.json");
  EXPECT_EQ(store_->read_text("verdicts/a.json", 1).error().code,
            std::errc::no_such_file_or_directory);
}

// An error that passes for an empty list makes people remove things.
TEST_F(FolderStoreTest, WhatCannotBeListedIsNoEmptyList) {
  EXPECT_FALSE(store_->list("verdicts"));
  test::write_file(dir_ / "repo/verdicts", {});
  EXPECT_FALSE(store_->list("verdicts"));
  fs::remove_all(dir_ / "repo/sets");
  test::write_file(dir_ / "repo/sets", {});
  EXPECT_FALSE(store_->list_sets());
}

TEST_F(FolderStoreTest, ASetBeginsLockedAndIsCommittedWithItsImage) {
  const std::string key = must(store_->begin_set("s", Permissions::owner_only));
  EXPECT_EQ(key, "s.partial");
  EXPECT_TRUE(store_->is_locked(key));
  EXPECT_EQ(open_store(dir_ / "repo")->life_of(key), ImageStore::Life::running);
  const auto image = must(store_->create_image(set_object(key, "D.tint"), Permissions::owner_only));
  EXPECT_FALSE(store_->stamp_of(set_object(key, "D.tint")));  // no name before it is whole
  const FileStamp stamp = must(image->commit());
  EXPECT_EQ(must(store_->stamp_of(set_object(key, "D.tint"))), stamp);
  must(store_->commit_set("s", "{}", Permissions::owner_only));
  EXPECT_THAT(must(store_->list_sets()), ElementsAre("s"));
  EXPECT_THAT(must(store_->list("sets/s")), ElementsAre("D.tint", "set.json"));
  EXPECT_EQ(store_->finished_sets(), 1u);
}

TEST_F(FolderStoreTest, AWithdrawnSetIsUnfinishedAndNobodyElsesUntilItIsGone) {
  static_cast<void>(must(store_->begin_set("s", Permissions::owner_only)));
  must(store_->commit_set("s", "{}", Permissions::owner_only));
  {
    const auto held = must(store_->withdraw_set("s", "removed"));
    ASSERT_TRUE(held);
    EXPECT_THAT(must(store_->list_sets()), ElementsAre("s.partial"));
    EXPECT_EQ(must(store_->read_text("sets/s.partial/begun.json", 100)), "removed");
    EXPECT_FALSE(must(open_store(dir_ / "repo")->remove_unfinished("s.partial")));
    must(store_->remove_withdrawn("s"));
  }
  EXPECT_THAT(must(store_->list_sets()), ElementsAre());
}

TEST_F(FolderStoreTest, ALockIsHeldByOne) {
  const auto held = must(store_->try_lock(kHeadName));
  EXPECT_EQ(open_store(dir_ / "repo")->try_lock(kHeadName).error().code,
            std::errc::resource_unavailable_try_again);
}

}  // namespace
}  // namespace tintype
