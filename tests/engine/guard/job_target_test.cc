// What becomes of a file that is overwritten: nothing, until the new one is whole.
#include "engine/guard/job_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/restore/restore_job.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

// Stops when something was written, and not so fast that all of it was.
class Stopper final : public JobMonitor {
 public:
  Stopper() { limits.write_bytes_per_second = 8 << 20; }
  void progress(const Progress& progress) override {
    if (progress.written_bytes > 0) stop_requested = true;
  }
};

class OverwrittenFile : public ::testing::Test {
 protected:
  OverwrittenFile() {
    test::write_file(dir_ / "volume", volume_);
    test::write_file(target_, old_);
    const auto outcome = must(run_backup(
        {.volumes = {{dir_ / "volume", "v"}}, .repository = test::repository_at(dir_ / "repo")},
        monitor_));
    image_ = outcome.set_path + "/v.tint";
  }
  [[nodiscard]] RestoreOptions restore() const {
    return {.image = image_, .target = target_, .overwrite = true};
  }
  [[nodiscard]] bool is_old() const { return test::read_file(target_) == old_; }
  [[nodiscard]] bool is_new() const { return test::read_file(target_) == volume_; }

  test::TempDir dir_;
  const Bytes volume_ = test::random_bytes(24 << 20), old_ = test::random_bytes(3 << 20);
  const std::string target_ = dir_ / "target";
  std::string image_;
  JobMonitor monitor_;
};

TEST_F(OverwrittenFile, IsReplacedWhenTheNewOneIsWhole) {
  EXPECT_TRUE(ok(run_restore(restore(), monitor_)));
  EXPECT_TRUE(is_new());
  EXPECT_FALSE(fs::exists(target_ + ".partial"));
  test::write_file(target_, old_);
  EXPECT_TRUE(
      ok(run_copy({.source = dir_ / "volume", .target = target_, .overwrite = true}, monitor_)));
  EXPECT_TRUE(is_new());
}

TEST_F(OverwrittenFile, KeepsItsModeAndOwner) {
  ASSERT_EQ(::chmod(target_.c_str(), 0640), 0);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(target_.c_str(), 12, 34), 0);
  }
  EXPECT_TRUE(ok(run_restore(restore(), monitor_)));
  struct stat status {};
  ASSERT_EQ(::stat(target_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  if (::geteuid() == 0) {
    EXPECT_EQ(status.st_uid, 12u);
    EXPECT_EQ(status.st_gid, 34u);
  }
}

TEST_F(OverwrittenFile, IsWhatALinkLeadsTo) {
  fs::create_directory(dir_ / "folder");
  fs::rename(target_, dir_ / "folder/real");
  fs::create_symlink("folder/real", target_);
  EXPECT_TRUE(ok(run_restore(restore(), monitor_)));
  EXPECT_TRUE(fs::is_symlink(target_));
  EXPECT_TRUE(is_new());
}

TEST_F(OverwrittenFile, SurvivesAStopAndADamagedImage) {
  Stopper stopper;
  EXPECT_FALSE(run_restore(restore(), stopper));
  EXPECT_TRUE(is_old());
  Stopper again;
  EXPECT_FALSE(run_copy({.source = dir_ / "volume", .target = target_, .overwrite = true}, again));
  EXPECT_TRUE(is_old());
  EXPECT_FALSE(fs::exists(target_ + ".partial"));
  Bytes image = test::read_file(image_);
  image[image.size() / 2 + 100'000] ^= std::byte{1};  // not in what lies between two chunks
  test::write_file(image_, image);
  const auto damaged = run_restore(restore(), monitor_);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().line().find("incomplete"), std::string::npos);
  EXPECT_TRUE(is_old());
}

TEST_F(OverwrittenFile, ResumingGoesOnWithTheFileAside) {
  Stopper stopper;
  RestoreOptions options = restore();
  options.keep_unfinished = true;
  EXPECT_FALSE(run_restore(options, stopper));
  ASSERT_TRUE(fs::exists(target_ + ".partial"));
  EXPECT_TRUE(is_old());
  options.resume = true;
  const auto resumed = run_restore(options, monitor_);
  ASSERT_TRUE(ok(resumed));
  EXPECT_GT(resumed->equal_bytes, 0u);
  EXPECT_TRUE(is_new());
  // And the old file is nothing to go on with.
  const auto nothing = run_restore(options, monitor_);
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().line(), HasSubstr("nothing to go on with"));
}

TEST_F(OverwrittenFile, IsWrittenIntoOnlyByAWordOfItsOwn) {
  struct stat before {
  }, after{};
  for (const bool different : {false, true}) {
    test::write_file(target_, old_);
    ASSERT_EQ(::stat(target_.c_str(), &before), 0);
    RestoreOptions options = restore();
    (different ? options.only_different : options.in_place) = true;
    EXPECT_TRUE(ok(run_restore(options, monitor_)));
    EXPECT_TRUE(is_new());
    ASSERT_EQ(::stat(target_.c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
  }
  Stopper stopper;
  RestoreOptions options = restore();
  options.in_place = true;
  test::write_file(target_, old_);
  const auto stopped = run_restore(options, stopper);
  ASSERT_FALSE(stopped);
  EXPECT_THAT(stopped.error().line(), HasSubstr("holds an incomplete volume now"));
  options.resume = true;
  EXPECT_TRUE(ok(run_restore(options, monitor_)));
  EXPECT_TRUE(is_new());
}

TEST_F(OverwrittenFile, TakesNoPartOfAnotherRun) {
  const JobTarget::Request request{.path = target_, .volume_bytes = 1 << 20, .overwrite = true};
  const auto first = JobTarget::open(request);
  ASSERT_TRUE(ok(first));
  const auto second = JobTarget::open(request);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().line(), HasSubstr("is being written by another run"));
}

}  // namespace
}  // namespace tintype
