// An image without some of what a file owned, as earlier versions made them of volumes whose
// bitmaps lied: zeros stand in it, and nobody may call them pages that were never used.
#include <gmock/gmock.h>

#include "engine/flow/backup_flow.h"
#include "engine/image/image_layout.h"
#include "engine/job/pass.h"
#include "engine/job/verify_job.h"
#include "io/extent_gaps.h"
#include "io/file/durable_file.h"
#include "io/source/open_filesystem.h"
#include "io/volume/raw_volume.h"
#include "tests/engine/extract/extract_fixture.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

using test::must;
using ::testing::Contains;
using ::testing::HasSubstr;

class LackingImage : public ::testing::Test {
 protected:
  void SetUp() override {
    test::make_ese_sets(dir_ / "content", 1 << 20);
    test::make_ext4_of(dir_ / "content", dir_ / "disk", 32 << 20);
    const auto volume = must(open_raw_volume(dir_ / "disk"));
    const auto map = must(open_filesystem_map(*volume, must(probe_filesystem(*volume))));
    const FileRun run = must(map->find({"DB1.edb"})).at(0).runs.at(0);
    // Behind the headers; pages of 32 KiB, the first and the last perhaps in part.
    const Extent hidden{run.volume_offset + (8 << 15), 4 << 15};
    ExtentList captured;
    for (const Extent& extent : map->allocated())
      captured = joined(captured, gaps_within({hidden}, extent));
    write_image(*volume, captured);
  }

  void write_image(const Volume& volume, const ExtentList& captured) {
    test::RecordingMonitor monitor;
    CapturePlan plan(volume.size_bytes(), kChunkBytesMin, captured, must(volume.data_extents()));
    ImageLayout layout({.volume_bytes = volume.size_bytes(),
                        .chunk_bytes = kChunkBytesMin,
                        .sector_bytes = volume.sector_bytes(),
                        .stock = false});
    DurableFile file = must(DurableFile::create(image_, Caching::page_cache));
    InlineChecks no_checks;
    BackupFlow flow(volume, plan, no_checks, layout, file.file(), {});
    PassOutcome outcome;
    must(run_pass(flow, {}, {"disk", plan.data_bytes(), Phase::copy}, monitor, outcome));
    flow.end_volume();
    must(flow.finish({.volume_name = "disk",
                      .filesystem = "ext4",
                      .all_blocks = false,
                      .captured = captured,
                      .unreadable = {},
                      .report_json = "{}"}));
    must(file.commit());
  }

  test::TempDir dir_;
  const std::string image_ = dir_ / "disk.tint";
};

TEST_F(LackingImage, VerifyOfPagesSaysThatTheyAreNotAllThere) {
  test::RecordingMonitor monitor;
  const VerifyOutcome outcome = must(run_verify({.image = image_, .pages = true}, monitor));
  EXPECT_TRUE(outcome.faults.empty());
  ASSERT_EQ(outcome.pass.databases.size(), 4u);
  for (const FileReport& report : outcome.pass.databases) {
    EXPECT_EQ(report.sound(), !report.path.ends_with("DB1.edb")) << report.path;
    if (report.sound()) continue;
    EXPECT_LE(report.pages.seen, report.pages_expected - 3);
    EXPECT_THAT(report.findings,
                Contains(::testing::Field(&Finding::text, HasSubstr("131072 bytes of it are "
                                                                    "not in the copy"))));
  }
}

TEST_F(LackingImage, AnExtractedDatabaseIsNotSoundWhereTheImageCallsItFree) {
  test::RecordingMonitor monitor;
  const ExtractOutcome outcome = must(run_extract(
      {.sources = {{image_, "", {}}}, .component = "DB1.edb", .folder = dir_ / "out"}, monitor));
  EXPECT_FALSE(outcome.sound());
  ASSERT_EQ(outcome.pass.databases.size(), 1u);
  EXPECT_FALSE(outcome.pass.databases[0].sound());
  const ExtractedFile* const file = test::file_of(outcome, "/Mailbox/DB1.edb");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->state, ExtractedFile::State::damaged);
  ASSERT_EQ(file->losses.size(), 1u);
  EXPECT_THAT(file->losses[0].why, HasSubstr("free"));
  ASSERT_TRUE(outcome.stream);
  EXPECT_TRUE(spoils_backup(*outcome.stream));
}

}  // namespace
}  // namespace tintype
