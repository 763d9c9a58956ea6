// Every mistake a user can make ends in one line that says what, where and what to do, and
// nothing is lost.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/job/backup_job.h"
#include "engine/job/check_job.h"
#include "engine/job/copy_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/repository.h"
#include "engine/restore/restore_job.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;

template <class T>
void expect_error(const Result<T>& result, std::string_view part) {
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().line().find(part), std::string::npos) << result.error().line();
  EXPECT_EQ(result.error().line().find('\n'), std::string::npos);
}

class BadInput : public testing::Test {
 protected:
  BadInput() {
    test::write_file(dir / "disk", test::random_bytes(3 << 20));
    test::write_file(dir / "empty", {});
  }
  [[nodiscard]] auto backup(const std::string& source) {
    return run_backup({.volumes = {{source, ""}}, .repository = test::repository_at(dir / "repo")},
                      monitor);
  }
  [[nodiscard]] std::string good_image() {
    const auto outcome = must(backup(dir / "disk"));
    return outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
  }
  test::TempDir dir;
  test::RecordingMonitor monitor;
};

TEST_F(BadInput, Sources) {
  expect_error(backup(dir / "missing"), "No such file");
  expect_error(backup(dir / "empty"), "empty");
  expect_error(backup(dir.path().string()), dir.path().string());
  EXPECT_EQ(test::sets_in(dir / "repo"), 0u) << "nothing was begun";
}

TEST_F(BadInput, ASourceOpenForWritingIsRefusedUnlessAllowed) {
  std::ofstream writer(dir / "disk", std::ios::app | std::ios::binary);
  expect_error(backup(dir / "disk"), "in use");
  BackupOptions options{.volumes = {{dir / "disk", ""}},
                        .repository = test::repository_at(dir / "repo")};
  options.allow_source_in_use = true;
  EXPECT_TRUE(ok(run_backup(options, monitor)));
}

TEST_F(BadInput, AMountedSourceAndATargetOnItAreRefused) {
  test::make_ext(dir / "fs.img", 16 << 20, "-t ext4");
  TINTYPE_MOUNT(mount, test::MountedVolume::kernel(dir / "fs.img", "ext4"));
  const auto outcome = run_backup({.volumes = {{dir / "fs.img", ""}},
                                   .repository = test::repository_at(mount / "repo"),
                                   .allow_source_in_use = true},
                                  monitor);
  expect_error(outcome, "lies on the source");
}

TEST_F(BadInput, TheTargetIsTheSource) {
  expect_error(
      run_copy({.source = dir / "disk", .target = dir / "disk", .overwrite = true}, monitor),
      "the same");
  fs::create_symlink(dir / "disk", dir / "alias");
  expect_error(
      run_copy({.source = dir / "disk", .target = dir / "alias", .overwrite = true}, monitor),
      "the same");
  EXPECT_TRUE(test::read_file(dir / "disk") == test::random_bytes(3 << 20));
}

TEST_F(BadInput, ExistingTargetsAreLeftAlone) {
  const std::string image = good_image();
  test::write_file(dir / "mine", std::vector<std::byte>(10, std::byte{1}));
  expect_error(run_copy({.source = dir / "disk", .target = dir / "mine"}, monitor), "exists");
  expect_error(run_restore({.image = image, .target = dir / "mine"}, monitor), "exists");
  expect_error(run_restore({.image = image, .target = dir.path().string()}, monitor), "folder");
  expect_error(run_restore({.image = image, .target = dir / "no/such/file"}, monitor),
               "does not exist");
  EXPECT_EQ(test::read_file(dir / "mine").size(), 10u);
  ASSERT_TRUE(
      ok(run_restore({.image = image, .target = dir / "mine", .overwrite = true}, monitor)));
  EXPECT_TRUE(test::read_file(dir / "mine") == test::random_bytes(3 << 20));
}

TEST_F(BadInput, AFullTargetNamesTheReasonAndKeepsOldSets) {
  const auto tmpfs = test::TinyTmpfs::mount(dir / "small", 8 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  const std::string repository = test::repository_at(dir / "small/repo");
  const BackupOptions options{.volumes = {{dir / "disk", ""}}, .repository = repository};
  const auto first = must(run_backup(options, monitor));
  ASSERT_TRUE(ok(run_backup(options, monitor)));
  expect_error(run_backup(options, monitor), "No space left");
  const std::string image = first.set_path + "/" + first.manifest.volumes.at(0).image;
  EXPECT_TRUE(must(run_verify({.image = image}, monitor)).faults.empty());
  // The unfinished set says that it is one, and can be removed.
  const auto repo = must(Repository::open(repository));
  EXPECT_EQ(must(repo.remove_unfinished(false)).size(), 1u);
  EXPECT_EQ(must(repo.sets()).size(), 2u);
}

TEST_F(BadInput, DamagedImages) {
  const std::string image = good_image();
  const auto bytes = test::read_file(image);
  test::write_file(dir / "cut.tint", std::span(bytes).first(bytes.size() / 2));
  expect_error(run_verify({.image = dir / "cut.tint"}, monitor), "cut.tint");
  expect_error(run_restore({.image = dir / "cut.tint", .target = dir / "back"}, monitor),
               "cut.tint");
  expect_error(run_verify({.image = dir / "disk"}, monitor), "disk");
  expect_error(run_verify({.image = dir / "empty"}, monitor), "empty");
  expect_error(run_verify({.image = dir / "missing"}, monitor), "No such file");

  auto flipped = bytes;
  flipped[flipped.size() / 2] ^= std::byte{4};
  test::write_file(dir / "flipped.tint", flipped);
  const auto verified = must(run_verify({.image = dir / "flipped.tint"}, monitor));
  EXPECT_EQ(verified.faults.size(), 1u);
  expect_error(run_restore({.image = dir / "flipped.tint", .target = dir / "back"}, monitor),
               "damaged at offset");
  EXPECT_FALSE(fs::exists(dir / "back"));  // an incomplete restore never gets its name
}

TEST_F(BadInput, CheckWantsAnEseFile) {
  expect_error(run_check({.file = dir / "disk"}, monitor), "not an ESE or SQLite file");
  expect_error(run_check({.file = dir / "empty"}, monitor), "empty");
  expect_error(run_check({.file = dir / "missing"}, monitor), "No such file");
}

// Stops when the pass is about to begin.
class StoppingMonitor final : public JobMonitor {
 public:
  void detail(std::string_view line) override {
    if (line.starts_with("memory:")) stop_requested = true;
  }
};

TEST_F(BadInput, StopLeavesAnUnfinishedSetThatSaysSo) {
  const BackupOptions options{.volumes = {{dir / "disk", ""}},
                              .repository = test::repository_at(dir / "repo")};
  monitor.stop_requested = true;
  EXPECT_FALSE(run_backup(options, monitor));
  EXPECT_EQ(test::sets_in(dir / "repo"), 0u) << "stopped before there was anything";
  StoppingMonitor stopping;
  const auto result = run_backup(options, stopping);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, std::errc::operation_canceled);
  const auto sets = must(must(Repository::open(dir / "repo")).sets());
  ASSERT_EQ(sets.size(), 1u);
  EXPECT_FALSE(sets[0].finished);
}

}  // namespace
}  // namespace tintype
