// What the machine denies while a volume is surveyed is no fact about the volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <optional>

#include "engine/survey/volume_survey.h"
#include "io/source/disk_map.h"
#include "io/volume/raw_volume.h"
#include "support/disk_maker.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/job/recording_monitor.h"

namespace tintype {
namespace {

using test::must;
using ::testing::HasSubstr;

// No descriptor is to be had. Those that are open stay.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_ = {};
};

TEST(SurveyEnvironment, WithoutADescriptorForTheProbeThereIsAnErrorAndNoUnknownFileSystem) {
  const test::TempDir dir;
  test::make_ext(dir / "image", 16 << 20, "-t ext4");
  const auto volume = must(open_raw_volume(dir / "image"));
  test::RecordingMonitor monitor;
  std::optional<Result<VolumeSurvey>> survey;
  {
    const NoDescriptors none;
    survey.emplace(survey_volume(*volume, false, {}, monitor));
  }
  ASSERT_FALSE(*survey);
  EXPECT_EQ(survey->error().code, std::errc::too_many_files_open);
  EXPECT_THAT(survey->error().line(), HasSubstr("cannot reserve memory to probe"));
  EXPECT_TRUE(monitor.warnings.empty());
  EXPECT_TRUE(survey_volume(*volume, false, {}, monitor).has_value());
}

TEST(SurveyEnvironment, NorIsAPartitionUnknownForThat) {
  const test::TempDir dir;
  std::filesystem::create_directories(dir / "empty");
  static_cast<void>(test::make_mixed_disk(dir / "disk", {}, dir / "empty"));
  const auto disk = must(open_raw_volume(dir / "disk"));
  std::optional<Result<std::unique_ptr<FilesystemMap>>> map;
  {
    const NoDescriptors none;
    map.emplace(open_disk_map(*disk));
  }
  ASSERT_FALSE(*map);
  EXPECT_EQ(map->error().code, std::errc::too_many_files_open);
}

}  // namespace
}  // namespace tintype
