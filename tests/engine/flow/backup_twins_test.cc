// Thread count never changes a byte; neither does depth, the queue, or the runner.
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/job/backup_job.h"
#include "engine/job/verify_job.h"
#include "engine/restore/restore_job.h"
#include "support/make_repository.h"
#include "tests/engine/flow/patchwork.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;

struct Variant {
  const char* name;
  PassOptions pass;
};

const Variant kVariants[] = {
    {"serial twin", {.serial = true}},
    {"1 task, depth 1", {.io_depth = 1, .tasks = 1}},
    {"2 tasks, depth 32", {.io_depth = 32, .tasks = 2}},
    {"8 tasks, depth 32", {.io_depth = 32, .tasks = 8}},
    {"threads, 8 tasks, depth 32",
     {.io_depth = 32, .tasks = 8, .queue_engine = QueueEngine::threads}},
    {"threads, 1 task, depth 1", {.io_depth = 1, .tasks = 1, .queue_engine = QueueEngine::threads}},
};

class BackupTwins : public testing::TestWithParam<Compression> {};

TEST_P(BackupTwins, WriteTheSameImage) {
  test::TempDir dir;
  const auto content = test::patchwork((9 << 20) + 512 * 3, 21);
  test::write_file(dir / "disk.img", content);
  std::vector<std::byte> first;
  JobMonitor monitor;
  for (const Variant& variant : kVariants) {
    const BackupOptions options{.volumes = {{dir / "disk.img", ""}},
                                .repository = test::repository_at(dir / "repo"),
                                .compression = GetParam(),
                                .chunk_bytes = kChunkBytesMin,
                                .pass = variant.pass};
    const auto outcome = must(run_backup(options, monitor));
    const std::string image = outcome.set_path + "/" + outcome.manifest.volumes.at(0).image;
    const auto bytes = test::read_file(image);
    if (first.empty()) first = bytes;
    EXPECT_TRUE(bytes == first) << variant.name;

    VerifyOptions verify{.image = image};
    verify.pass = variant.pass;
    const auto verified = must(run_verify(verify, monitor));
    EXPECT_TRUE(verified.faults.empty()) << variant.name;

    const std::string target = dir / "restored";
    ASSERT_TRUE(ok(run_restore({.image = image, .target = target, .pass = variant.pass}, monitor)));
    EXPECT_TRUE(test::read_file(target) == content) << variant.name;
    fs::remove(target);
    fs::remove_all(outcome.set_path);
  }
}

INSTANTIATE_TEST_SUITE_P(Compressions, BackupTwins,
                         testing::Values(Compression::none, Compression::lz4));

}  // namespace
}  // namespace tintype
