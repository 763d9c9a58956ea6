// Sources that change while they are read: told, kept, and no reason to let logs go.
#include "engine/guard/source_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/job/backup_job.h"
#include "engine/job/check_job.h"
#include "engine/job/confirm_job.h"
#include "engine/job/copy_job.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/engine/job/good_set.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using ::testing::HasSubstr;

// Does something while the pass runs.
class Meddler final : public JobMonitor {
 public:
  explicit Meddler(std::function<void()> what) : what_(std::move(what)) {}
  void progress(const Progress& progress) override {
    if (progress.phase == Phase::copy) meddle();
  }
  void set_begun(std::string_view) override { meddle(); }

 private:
  void meddle() {
    if (auto what = std::exchange(what_, nullptr)) what();
  }
  std::function<void()> what_;
};

class ChangingSource : public ::testing::Test {
 protected:
  ChangingSource() { test::write_file(source_, test::random_bytes(4 << 20)); }

  void write(const std::string& path) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1 << 20);
    file << "other bytes";
  }
  BackupOutcome back_up(const std::function<void()>& what, const std::string& source = "") {
    Meddler monitor(what);
    return must(run_backup({.volumes = {{source.empty() ? source_ : source, ""}},
                            .repository = test::repository_at(dir_ / "repo"),
                            .type = BackupType::full,
                            .allow_source_in_use = allow_},
                           monitor));
  }
  static std::string told(const BackupOutcome& outcome) {
    EXPECT_FALSE(outcome.volumes.at(0).sound());
    EXPECT_FALSE(outcome.manifest.sound);
    const FolderProblems& problems = outcome.manifest.volumes.at(0).folder_problems;
    return problems.kept.empty() ? "" : problems.kept[0].path + " " + problems.kept[0].what;
  }

  test::TempDir dir_;
  std::string source_ = dir_ / "source";
  bool allow_ = false;
};

TEST_F(ChangingSource, OneThatDoesNotChangeIsSoundAndWasWatched) {
  const BackupOutcome outcome = back_up([] {});
  EXPECT_TRUE(outcome.manifest.sound);
  EXPECT_TRUE(outcome.manifest.volumes.at(0).source_watched);
  const SetManifest read = must(parse_manifest(to_json(outcome.manifest), "set.json"));
  EXPECT_TRUE(read.volumes.at(0).source_watched);
  EXPECT_EQ(read.volumes.at(0).folder_problems.total, 0u);
}

TEST_F(ChangingSource, EveryChangeOfAFileIsAFinding) {
  EXPECT_EQ(told(back_up([&] { write(source_); })), source_ + " was written to while it was read");
  EXPECT_THAT(told(back_up([&] { fs::resize_file(source_, 5 << 20); })),
              HasSubstr("had 4194304 bytes when its reading began, and has 5242880 now"));
  EXPECT_THAT(told(back_up([&] {
                fs::copy_file(source_, dir_ / "other");
                fs::rename(dir_ / "other", source_);
              })),
              HasSubstr("was replaced while it was read"));
  // Whoever sets the time back cannot set that of the change back.
  EXPECT_THAT(told(back_up([&] {
                const auto time = fs::last_write_time(source_);
                write(source_);
                fs::last_write_time(source_, time);
              })),
              HasSubstr("was changed while it was read"));
  EXPECT_THAT(told(back_up([&] { fs::remove(source_); })), HasSubstr("is gone"));
}

TEST_F(ChangingSource, WhatWasToldIsInTheSet) {
  const BackupOutcome outcome = back_up([&] { write(source_); });
  const SetManifest read = must(parse_manifest(to_json(outcome.manifest), "set.json"));
  EXPECT_EQ(read.volumes.at(0).folder_problems.total, 1u);
  SetManifest lie = read;
  lie.sound = true;
  EXPECT_THAT(contradiction_in(lie), HasSubstr("the source of source changed while it was read"));
}

TEST_F(ChangingSource, AWriterThatCameMeanwhileIsAFinding) {
  int writer = -1;
  EXPECT_THAT(told(back_up([&] { writer = ::open(source_.c_str(), O_RDWR | O_CLOEXEC); })),
              HasSubstr("in use while it was read"));
  allow_ = true;
  const BackupOutcome allowed = back_up([] {});
  ::close(writer);
  EXPECT_TRUE(allowed.manifest.sound) << "nothing changed, and the use was allowed";
  EXPECT_THAT(allowed.manifest.volumes.at(0).source_in_use, HasSubstr("open for writing"));
}

TEST_F(ChangingSource, ADeviceThatIsWrittenToIsAFinding) {
  const auto loop = test::LoopDevice::attach(source_);
  if (!loop) GTEST_SKIP() << loop.error();
  EXPECT_TRUE(back_up([] {}, loop->path()).manifest.sound);
  // What was written just before it began is no change of it.
  write(loop->path());
  EXPECT_TRUE(back_up([] {}, loop->path()).manifest.sound);
  EXPECT_THAT(told(back_up(
                  [&] {
                    write(loop->path());
                    ASSERT_EQ(test::run_command("sync " + loop->path()).exit_code, 0);
                  },
                  loop->path())),
              HasSubstr("was written to while it was read"));
  // Behind its back.
  EXPECT_THAT(told(back_up([&] { write(source_); }, loop->path())), HasSubstr(source_));
}

TEST_F(ChangingSource, AFileBelowADiskImageCounts) {
  const auto made =
      test::run_command("cd '" + dir_.path().string() +
                        "' && qemu-img create -q -f qcow2 -F raw -b source top.qcow2");
  if (made.exit_code != 0) GTEST_SKIP() << made.output;
  EXPECT_THAT(told(back_up([&] { write(source_); }, dir_ / "top.qcow2")),
              HasSubstr(source_ + " was written to"));
}

TEST_F(ChangingSource, ACopyTellsItToo) {
  Meddler monitor([&] { write(source_); });
  const PassOutcome outcome =
      must(run_copy({.source = source_, .target = dir_ / "target"}, monitor));
  EXPECT_FALSE(outcome.sound());
  ASSERT_EQ(outcome.folder_problems.total, 1u);
  EXPECT_EQ(outcome.folder_problems.kept[0].path, source_);
}

TEST_F(ChangingSource, ACheckTellsItToo) {
  const std::string database = dir_ / "DB1.edb";
  test::write_file(database, test::EseDatabaseGenerator({}).whole());
  JobMonitor quiet;
  ASSERT_TRUE(must(run_check({.file = database}, quiet)).sound());
  Meddler monitor([&] { fs::last_write_time(database, fs::file_time_type::clock::now()); });
  const CheckOutcome outcome = must(run_check({.file = database}, monitor));
  EXPECT_FALSE(outcome.sound());
  EXPECT_EQ(outcome.pass.folder_problems.total, 1u);
}

// The gate over such a set.
class ChangedSet : public ChangingSource {
 protected:
  std::string problem_after(const std::function<void(VolumeManifest&)>& change) {
    const auto outcome = must(run_backup({.volumes = {{source_, "db"}, {other_, "logs"}},
                                          .repository = test::repository_at(dir_ / "repo"),
                                          .type = BackupType::full,
                                          .all_databases = true},
                                         monitor_));
    const Repository repository = must(Repository::open(dir_ / "repo"));
    SetEntry set = must(repository.find(outcome.manifest.name));
    // Its own gate is open, as that of a version that did not look: nobody believes it.
    set.manifest = test::with_good_stream(outcome.manifest);
    EXPECT_TRUE(set.manifest.gates.at(0).open());
    change(set.manifest.volumes.at(1));
    const ConfirmOutcome confirmed = confirm_set(repository, set, {.on_confirm = "true"}, monitor_);
    EXPECT_EQ(confirmed.streams.at(0).confirmed, confirmed.streams.at(0).problem.empty());
    return confirmed.streams.at(0).problem;
  }

  std::string other_ = dir_ / "other";
  JobMonitor monitor_;
  void SetUp() override { test::write_file(other_, test::random_bytes(1 << 20)); }
};

TEST_F(ChangedSet, NoLogGoesUnlessTheSourceWasWatchedAndStoodStill) {
  EXPECT_EQ(problem_after([](VolumeManifest&) {}), "");
  constexpr const char* kRefused = "logs stay: source unchanged";
  EXPECT_EQ(problem_after([](auto& volume) { volume.folder_problems.add("x", "was replaced"); }),
            kRefused);
  EXPECT_EQ(problem_after([](auto& volume) { volume.source_in_use = "mounted"; }), kRefused);
  // Sets of versions that did not look have no such member.
  EXPECT_EQ(problem_after([](auto& volume) { volume.source_watched = false; }), kRefused);
  EXPECT_EQ(problem_after([](auto& volume) {
              volume.source_watched = false;
              volume.source = "nbd://server/mail";
            }),
            "");
}

}  // namespace
}  // namespace tintype
