// What reads a set's images reads them through its store, wherever they lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/extract/extract_job.h"
#include "engine/job/backup_job.h"
#include "engine/job/image_proof.h"
#include "engine/restore/restore_job.h"
#include "support/make_repository.h"
#include "support/volume_maker.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/engine/store/far_store.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::HasSubstr;

class SetInAFarStore : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(dir_ / "files");
    test::write_file(dir_ / "files/a", test::patchwork(300'000, 1));
    test::make_ext(dir_ / "disk", 8 << 20, "-t ext4 -b 4096 -d " + (dir_ / "files"));
    const auto made = must(run_backup({.volumes = {{dir_ / "disk", ""}},
                                       .repository = test::repository_at(dir_ / "repo"),
                                       .chunk_bytes = kChunkBytesMin},
                                      monitor_));
    repository_.emplace(must(Repository::open(dir_ / "repo")));
    set_ = must(repository_->find(made.manifest.name));
    set_.store = std::make_shared<const test::FarStore>(repository_->path());
  }
  [[nodiscard]] const VolumeManifest& volume() const { return set_.manifest.volumes.at(0); }
  [[nodiscard]] ImageSource image() const { return image_in(set_, volume()); }

  test::TempDir dir_;
  JobMonitor monitor_;
  std::optional<Repository> repository_;
  SetEntry set_;
};

TEST_F(SetInAFarStore, IsVerifiedAndTheVerdictIsOfItsImage) {
  const VerdictStore verdicts(*repository_);
  Verdict verdict = verdicts.about(set_, volume());
  const auto outcome = run_verify({.image = image(), .pages = true}, monitor_);
  EXPECT_TRUE(must(outcome).faults.empty());
  EXPECT_TRUE(fill_verdict(verdict, verdicts, set_, volume(), outcome));
  EXPECT_TRUE(verdict.sound);
  EXPECT_EQ(verdict.image, must(verdicts.stamp_of(set_, volume())));
}

TEST_F(SetInAFarStore, IsRestored) {
  ASSERT_TRUE(test::ok(run_restore({.image = image(), .target = dir_ / "restored"}, monitor_)));
  EXPECT_TRUE(test::read_file(dir_ / "restored") == test::read_file(dir_ / "disk"));
}

TEST_F(SetInAFarStore, GivesItsFiles) {
  const auto outcome = must(run_extract(
      {.sources = {{image(), "disk"}}, .paths = {"/a"}, .folder = dir_ / "out"}, monitor_));
  EXPECT_TRUE(outcome.sound());
  EXPECT_TRUE(test::read_file(dir_ / "out/a") == test::read_file(dir_ / "files/a"));
}

TEST_F(SetInAFarStore, IsProvedBeforeItsLogsMayGo) {
  const VerdictStore verdicts(*repository_);
  EXPECT_TRUE(must(prove_image(verdicts, set_, volume(), {}, {}, monitor_)).was_read_back());
  test::write_file(image().path, {});
  const auto proof = prove_image(verdicts, set_, volume(), {}, {}, monitor_);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().code, std::errc::bad_message);
}

TEST_F(SetInAFarStore, AnImageThatIsGoneIsDamageAsInAFolder) {
  fs::remove(image().path);
  const auto outcome = run_verify({.image = image()}, monitor_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::bad_message);
  EXPECT_THAT(outcome.error().line(), HasSubstr("use another backup set"));
}

}  // namespace
}  // namespace tintype
