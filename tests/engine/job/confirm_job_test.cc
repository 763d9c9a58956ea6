// After the commit: the gate over a set from the repository, the confirming command with its
// environment, and the truncation it may lead to.
#include "engine/job/confirm_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/job/backup_job.h"
#include "engine/manifest/set_name.h"
#include "engine/store/folder_store.h"
#include "engine/store/image_stamp.h"
#include "support/make_repository.h"
#include "tests/engine/completion/live_directory.h"
#include "tests/engine/job/good_set.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ConfirmJob : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "db", std::vector<std::byte>(1 << 20, std::byte{7}));
    test::write_file(dir_ / "logs", std::vector<std::byte>(1 << 20, std::byte{8}));
    test::fill_live_directory(live_);
    options_.volumes = {{dir_ / "db", ""}, {dir_ / "logs", ""}};
    options_.repository = test::repository_at(dir_ / "repo");
    options_.type = BackupType::full;
    options_.all_databases = true;
  }
  // A committed set whose manifest tells of the stream.
  SetEntry make_set() {
    const auto outcome = test::must(run_backup(options_, monitor_));
    const auto repository = test::must(Repository::open(options_.repository));
    SetEntry set = test::must(repository.find(outcome.manifest.name));
    set.manifest = test::with_good_stream(std::move(set.manifest));
    return set;
  }
  [[nodiscard]] Repository repository() const {
    return test::must(Repository::open(options_.repository));
  }
  // Changes one bit of what is stored, where no index tells of it.
  static void rot(const std::string& image) {
    auto bytes = test::read_file(image);
    bytes.at(bytes.size() / 4) ^= std::byte{1};
    test::write_file(image, bytes);
  }
  [[nodiscard]] bool is_truncated() const { return !fs::exists(live_ + "/E000000000B.log"); }

  test::TempDir dir_;
  std::string live_ = dir_ / "live";
  BackupOptions options_;
  JobMonitor monitor_;
};

TEST_F(ConfirmJob, ConfirmsThenTruncates) {
  const SetEntry set = make_set();
  const ConfirmOptions ask{.truncate_directories = {live_},
                           .on_confirm = "env | grep TINTYPE_ >'" + (dir_ / "said") + "'"};
  const ConfirmOutcome outcome = confirm_set(repository(), set, ask, monitor_);
  EXPECT_TRUE(outcome.ok()) << outcome.problem << outcome.streams.at(0).problem;
  EXPECT_TRUE(outcome.streams.at(0).confirmed);
  EXPECT_TRUE(is_truncated());
  const auto bytes = test::read_file(dir_ / "said");
  const std::string said(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_THAT(said, HasSubstr("TINTYPE_STREAM=E00\n"));
  EXPECT_THAT(said, HasSubstr("TINTYPE_TRUNCATE_FROM=3\n"));
  EXPECT_THAT(said, HasSubstr("TINTYPE_TRUNCATE_TO=11\n"));
  EXPECT_THAT(said, HasSubstr("TINTYPE_LOG_FOLDER=/Logs\n"));
  EXPECT_THAT(said, HasSubstr("TINTYPE_SET=" + set.path));

  const ConfirmOutcome again =
      confirm_set(repository(), set, {.truncate_directories = {live_}}, monitor_);
  EXPECT_TRUE(again.ok());
  EXPECT_TRUE(again.streams.at(0).truncation->found_finished);
}

TEST_F(ConfirmJob, ACommandThatFailsKeepsTheLogs) {
  const ConfirmOutcome outcome =
      confirm_set(repository(), make_set(),
                  {.truncate_directories = {live_}, .on_confirm = "exit 9"}, monitor_);
  EXPECT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("exit code 9"));
  EXPECT_FALSE(is_truncated());
}

TEST_F(ConfirmJob, ACopyBackupConfirmsNothing) {
  options_.type = BackupType::copy;
  const ConfirmOutcome outcome = confirm_set(
      repository(), make_set(), {.truncate_directories = {live_}, .on_confirm = "true"}, monitor_);
  EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("backup type"));
  EXPECT_FALSE(outcome.streams.at(0).confirmed);
  EXPECT_FALSE(is_truncated());
}

TEST_F(ConfirmJob, ABackupThatWasNotReadBackConfirmsNothing) {
  options_.read_back = false;
  const ConfirmOutcome outcome =
      confirm_set(repository(), make_set(), {.truncate_directories = {live_}}, monitor_);
  EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("read back"));
  EXPECT_FALSE(is_truncated());
}

TEST_F(ConfirmJob, AnImageThatIsGoneOrAnotherIsNotDurable) {
  const SetEntry set = make_set();
  fs::copy_file(set.path + "/db.tint", set.path + "/logs.tint",
                fs::copy_options::overwrite_existing);
  const ConfirmOutcome outcome =
      confirm_set(repository(), set, {.truncate_directories = {live_}}, monitor_);
  EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("images durable"));
  EXPECT_FALSE(is_truncated());
}

TEST_F(ConfirmJob, ARottenImageKeepsTheLogsAndRunsNoCommand) {
  options_.compression = Compression::none;
  const SetEntry set = make_set();
  rot(set.path + "/db.tint");
  const ConfirmOutcome outcome = confirm_set(
      repository(), set,
      {.truncate_directories = {live_}, .on_confirm = "touch '" + (dir_ / "said") + "'"}, monitor_);
  EXPECT_FALSE(outcome.ok());
  ASSERT_EQ(outcome.damage.size(), 1u);
  EXPECT_THAT(outcome.damage[0], HasSubstr("db.tint is damaged: 1 of 1 chunk, "));
  EXPECT_THAT(outcome.streams.at(0).problem, HasSubstr("images durable"));
  EXPECT_FALSE(fs::exists(dir_ / "said"));
  EXPECT_FALSE(is_truncated());
  // That is on record now, and the sound one beside it.
  const VerdictStore verdicts(repository());
  EXPECT_FALSE(verdicts.of(set, set.manifest.volumes[0]).at(0).sound);
  EXPECT_TRUE(verdicts.of(set, set.manifest.volumes[1]).at(0).sound);
}

TEST_F(ConfirmJob, OnlyAYoungRecordOfTheSameFileStandsForReading) {
  options_.compression = Compression::none;
  const SetEntry set = make_set();
  // Rot that leaves no trace in the file's times, as on a medium.
  const std::string image = set.path + "/db.tint";
  rot(image);
  Verdict record = VerdictStore(repository()).about(set, set.manifest.volumes[0]);
  record.kind = kVerdictVerified;
  record.sound = true;
  record.image = test::must(image_stamp(image));
  record.time_utc = utc_text(std::chrono::system_clock::now() - std::chrono::minutes(10));
  ASSERT_TRUE(test::ok(VerdictStore(repository()).keep(record)));
  ConfirmOptions ask{.truncate_directories = {live_}};
  for (const auto trusted : {std::chrono::minutes(0), std::chrono::minutes(5)}) {
    ask.trust_verified = trusted;
    ask.dry_run = true;  // keeps no verdict of its own
    EXPECT_EQ(confirm_set(repository(), set, ask, monitor_).damage.size(), 1u);
  }
  ask.trust_verified = std::chrono::minutes(30);
  EXPECT_TRUE(confirm_set(repository(), set, ask, monitor_).ok());
  // Found damaged since: no older record helps.
  Verdict damage = record;
  damage.sound = false;
  damage.found = "1 of 1 chunks";
  damage.time_utc = utc_text(std::chrono::system_clock::now() - std::chrono::minutes(9));
  ASSERT_TRUE(test::ok(VerdictStore(repository()).keep(damage)));
  EXPECT_EQ(confirm_set(repository(), set, ask, monitor_).damage.size(), 1u);
  EXPECT_FALSE(is_truncated());
}

TEST_F(ConfirmJob, TheRunThatWroteTheImagesNeedsNotReadThemAgainUnlessTheyChanged) {
  const SetEntry set = make_set();
  // Stands for the images of the run: committed files, read back.
  std::vector<DurableImage> own;
  for (const VolumeManifest& volume : set.manifest.volumes) {
    const std::string path = set.path + "/" + volume.image;
    const auto bytes = test::read_file(path);
    fs::remove(path);
    NewImageFile file(test::must(DurableFile::create(path, Caching::page_cache)));
    ASSERT_TRUE(test::ok(file.file().write_at(0, bytes)));
    own.push_back(test::must(DurableImage::commit(file, volume.name, ReadBack::direct)));
  }
  const auto verdicts = [&] {
    return VerdictStore(repository()).of(set, set.manifest.volumes[0]).size();
  };
  const ConfirmOptions ask{.on_confirm = "true"};
  EXPECT_TRUE(confirm_set(repository(), set, ask, monitor_, own).ok());
  EXPECT_EQ(verdicts(), 0u);  // nothing was read
  rot(set.path + "/db.tint");
  EXPECT_EQ(confirm_set(repository(), set, ask, monitor_, own).damage.size(), 1u);
  EXPECT_EQ(verdicts(), 1u);
}

TEST_F(ConfirmJob, ABackupWithoutStreamsCannotBeConfirmed) {
  options_.confirm.on_confirm = "true";
  const auto outcome = test::must(run_backup(options_, monitor_));
  ASSERT_TRUE(outcome.confirmation);
  EXPECT_FALSE(outcome.confirmation->ok());
  EXPECT_THAT(outcome.confirmation->problem, HasSubstr("no log stream"));
}

}  // namespace
}  // namespace tintype
