// Databases that Windows wrote come out as the samples' README says.
#include <gtest/gtest.h>

#include "support/samples.h"
#include "tests/verify/ese/page/check_runner.h"

namespace tintype {
namespace {

struct Expected {
  const char* file;
  std::uint32_t page_bytes;
  std::uint64_t pages, sound, uninitialised;
  const char* state;
};

class EseSample : public testing::TestWithParam<Expected> {};

TEST_P(EseSample, ComesOutAsDocumented) {
  TINTYPE_NEED_SAMPLES(samples);
  const Expected& expected = GetParam();
  const auto file = test::read_sample(samples / "ese" / expected.file);
  const FileReport report = test::check_whole(file);
  SCOPED_TRACE(test::print(report));
  EXPECT_EQ(report.page_bytes, expected.page_bytes);
  EXPECT_EQ(report.pages_expected, expected.pages);
  EXPECT_EQ(report.pages.seen, expected.pages);
  EXPECT_EQ(report.pages.sound, expected.sound);
  EXPECT_EQ(report.pages.uninitialised, expected.uninitialised);
  EXPECT_EQ(report.state, expected.state);
  EXPECT_TRUE(report.sound());
  EXPECT_TRUE(report.checked());
  EXPECT_TRUE(report.findings.empty());
  EXPECT_GT(report.highest_dbtime, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    All, EseSample,
    testing::Values(Expected{"basic-4k.edb.gz", 4096, 256, 25, 231, "Clean Shutdown"},
                    Expected{"multi-4k.edb.gz", 4096, 256, 36, 220, "Clean Shutdown"},
                    Expected{"index-4k.edb.gz", 4096, 256, 49, 207, "Clean Shutdown"},
                    Expected{"decompress-8k.edb.gz", 8192, 256, 29, 227, "Clean Shutdown"},
                    Expected{"qmgr-16k-dirty.db.gz", 16384, 80, 45, 35, "Dirty Shutdown"},
                    Expected{"large-32k-prefix.edb.gz", 32768, 128, 128, 0, "Clean Shutdown"},
                    Expected{"srum-dirty/SRUDB.dat", 4096, 608, 484, 124, "Dirty Shutdown"},
                    Expected{"srum-clean/SRUDB.dat", 4096, 192, 106, 86, "Clean Shutdown"}));

}  // namespace
}  // namespace tintype
