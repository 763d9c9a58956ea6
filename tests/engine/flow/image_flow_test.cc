// Verify and restore of an image whose chunks lie in two files, overlapped and by the serial twin.
#include "engine/flow/image_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/verify_job.h"
#include "engine/restore/restore_job.h"
#include "support/make_repository.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/engine/image/chunks_elsewhere.h"

namespace tintype {
namespace {

using test::must;
using ::testing::HasSubstr;

class ChunksInTwoFiles : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "disk.img", content_);
    const auto outcome = must(run_backup({.volumes = {{dir_ / "disk.img", ""}},
                                          .repository = test::repository_at(dir_ / "repo"),
                                          .compression = Compression::lz4,
                                          .chunk_bytes = kChunkBytesMin},
                                         monitor_));
    own_ = outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
    image_ = test::move_chunks(ImageSource(own_), dir_ / "other");
  }

  VerifyOutcome verify(const ImageSource& image, bool decode = true) {
    return must(
        run_verify({.image = image, .decode = decode, .pass = {.serial = GetParam()}}, monitor_));
  }
  Result<PassOutcome> restore() {
    return run_restore(
        {.image = image_, .target = dir_ / "restored", .pass = {.serial = GetParam()}}, monitor_);
  }
  // The first byte of the other file is the last moved chunk's.
  void damage_other() {
    auto bytes = test::read_file(dir_ / "other");
    bytes.at(0) ^= std::byte{1};
    test::write_file(dir_ / "other", bytes);
  }

  test::TempDir dir_;
  JobMonitor monitor_;
  const std::vector<std::byte> content_ = test::patchwork((5 << 20) + 512 * 3, 4);
  std::string own_;
  ImageSource image_;
};

TEST_P(ChunksInTwoFiles, VerifyReadsBoth) {
  EXPECT_TRUE(verify(image_).faults.empty());
  EXPECT_TRUE(verify(image_, /*decode=*/false).faults.empty());
  // Its own file alone lacks every second chunk.
  const VerifyOutcome alone = verify(ImageSource(own_));
  EXPECT_EQ(alone.faults.size(), (alone.chunks + 1) / 2);
}

TEST_P(ChunksInTwoFiles, VerifyTellsWhatIsDamagedInTheOther) {
  damage_other();
  const VerifyOutcome outcome = verify(image_);
  ASSERT_EQ(outcome.faults.size(), 1u);
  EXPECT_EQ(outcome.faults[0].image_offset, 0u);
  EXPECT_EQ(outcome.faults[0].kind, ImageFaultKind::stored_digest);
}

TEST_P(ChunksInTwoFiles, RestoreGivesTheVolume) {
  ASSERT_TRUE(test::ok(restore()));
  EXPECT_TRUE(test::read_file(dir_ / "restored") == content_);
}

TEST_P(ChunksInTwoFiles, RestoreNamesTheFileThatIsDamaged) {
  damage_other();
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().what, HasSubstr((dir_ / "other") + " is damaged at offset 0"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "restored"));
}

INSTANTIATE_TEST_SUITE_P(Twins, ChunksInTwoFiles, testing::Bool());

}  // namespace
}  // namespace tintype
