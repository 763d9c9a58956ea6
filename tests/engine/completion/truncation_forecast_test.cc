// What a dry run says of a live log directory.
#include "engine/completion/truncation_forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/completion/live_directory.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;

class Forecast : public ::testing::Test {
 protected:
  void SetUp() override { test::fill_live_directory(live_); }
  [[nodiscard]] TruncationForecast only() const {
    auto streams = test::must(forecast_truncation(live_));
    EXPECT_EQ(streams.size(), 1u);
    return streams.front();
  }

  test::TempDir dir_;
  std::string live_ = dir_ / "live";
};

TEST_F(Forecast, NamesTheLogsBelowTheCheckpointAndDeletesNothing) {
  const auto before = test::content_of(live_);
  const TruncationForecast forecast = only();
  EXPECT_EQ(forecast.base, "E00");
  EXPECT_EQ(forecast.gen_checkpoint, 14);
  ASSERT_EQ(forecast.logs.size(), 11u);  // 3 to 13
  EXPECT_EQ(forecast.logs.front(), test::live_log_name(3));
  EXPECT_EQ(forecast.logs.back(), test::live_log_name(13));
  EXPECT_EQ(test::content_of(live_), before);
}

TEST_F(Forecast, TheLastClosedLogStaysWhereverTheCheckpointStands) {
  test::write_live_checkpoint(live_, 21);
  EXPECT_EQ(only().logs.back(), test::live_log_name(19));
}

TEST_F(Forecast, AQuietDatabaseHasNothingToTruncate) {
  test::write_live_checkpoint(live_, 3);
  EXPECT_TRUE(only().logs.empty());
  EXPECT_THAT(only().why, HasSubstr("generation 0x3"));
}

TEST_F(Forecast, WithoutAUsableCheckpointNothingCouldGo) {
  test::write_file(live_ + "/E00.chk", std::vector<std::byte>(8192, std::byte{9}));
  EXPECT_TRUE(only().logs.empty());
  EXPECT_THAT(only().why, HasSubstr("checkpoint"));
}

TEST_F(Forecast, ADirectoryThatIsMissingOrHoldsNoStreamIsAnError) {
  EXPECT_THAT(forecast_truncation(dir_ / "none").error().line(), HasSubstr("is it mounted"));
  std::filesystem::create_directory(dir_ / "empty");
  EXPECT_THAT(forecast_truncation(dir_ / "empty").error().line(), HasSubstr("no log stream"));
}

}  // namespace
}  // namespace tintype
