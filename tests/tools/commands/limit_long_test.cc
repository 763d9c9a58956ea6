// A limit holds to 5 % over ten seconds, whatever stands behind it. Takes a minute and a half.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::ok;

class LongLimit : public testing::Test {
 protected:
  // Ten seconds' worth at this rate.
  std::string volume(std::uint64_t rate) {
    const auto content = test::random_bytes(static_cast<std::size_t>(rate * 10));
    test::write_file(dir_ / "volume", content);
    return dir_ / "volume";
  }
  test::TempDir dir_;
};

TEST_F(LongLimit, OnReadingACopyIsKeptToFivePercent) {
  for (const std::uint64_t rate : {1ull << 20, 10ull << 20, 47'000'000ull})
    for (const bool serial : {false, true}) {
      if (serial && rate > 10u << 20) continue;
      std::filesystem::remove(dir_ / "target");
      JobMonitor monitor;
      monitor.limits.read_bytes_per_second = rate;
      const auto outcome = run_copy(
          {.source = volume(rate), .target = dir_ / "target", .pass = {.serial = serial}}, monitor);
      ASSERT_TRUE(ok(outcome));
      EXPECT_NEAR(outcome->seconds, 10, 0.5) << rate << (serial ? " serial" : "");
    }
}

TEST_F(LongLimit, OnWritingABackupIsKeptToFivePercent) {
  for (const QueueEngine engine : {QueueEngine::automatic, QueueEngine::threads}) {
    constexpr std::uint64_t kRate = 20 << 20;
    JobMonitor monitor;
    monitor.limits.write_bytes_per_second = kRate;
    const auto outcome = run_backup({.volumes = {{volume(kRate), ""}},
                                     .repository = test::repository_at(dir_ / "repo"),
                                     .compression = Compression::none,
                                     .pass = {.queue_engine = engine}},
                                    monitor);
    ASSERT_TRUE(ok(outcome));
    EXPECT_NEAR(outcome->volumes[0].seconds, 10, 0.5);
  }
}

}  // namespace
}  // namespace tintype
