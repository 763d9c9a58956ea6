// A database on an ext volume whose bitmaps call part of it free: what the backup judges is what
// its image holds, and what an image lacks is never called sound.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/job/backup_job.h"
#include "support/ese_generator.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/extract/extract_fixture.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

using test::must;
using ::testing::Contains;
using ::testing::HasSubstr;

class ExtGate : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir_ / "files");
    database_ = test::EseDatabaseGenerator({.file_bytes = 1 << 20, .page_bytes = 4096}).whole();
    test::write_file(dir_ / "files/DB1.edb", database_);
    test::make_ext(dir_ / "v.img", 16 << 20,
                   "-t ext4 -b 4096 -O ^has_journal -d '" + (dir_ / "files") + "'");
  }
  void free_pages() const {
    const std::string image = "'" + (dir_ / "v.img") + "'";
    const auto block = std::stoull(
        test::run_command("(debugfs -R 'bmap DB1.edb 100' " + image + " 2>/dev/null)").output);
    const auto freed =
        test::run_command("debugfs -w -R 'freeb " + std::to_string(block) + " 50' " + image);
    ASSERT_EQ(freed.exit_code, 0) << freed.output;
  }

  const test::TempDir dir_;
  std::vector<std::byte> database_;
};

TEST_F(ExtGate, PagesThatTheBitmapCallsFreeAreInTheImage) {
  free_pages();
  test::RecordingMonitor monitor;
  const auto outcome = must(run_backup(
      {.volumes = {{dir_ / "v.img", "v"}}, .repository = test::repository_at(dir_ / "repo")},
      monitor));
  ASSERT_EQ(outcome.volumes.at(0).databases.size(), 1u);
  EXPECT_TRUE(outcome.volumes[0].databases[0].sound());
  EXPECT_TRUE(test::read_serially(outcome.set_path + "/v.tint", "/DB1.edb") == database_);
  EXPECT_THAT(monitor.warnings, Contains(HasSubstr("call 50 blocks free that 1 file owns")));
}

}  // namespace
}  // namespace tintype
