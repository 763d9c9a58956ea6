#include "tools/session/progress_view.h"

#include <gmock/gmock.h>

#include "tests/tools/session/fake_env.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using test::FakeEnv;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

Progress copied(std::uint64_t mib, std::uint64_t of_mib = 1000) {
  return {.phase = Phase::copy,
          .volume = "D",
          .total_bytes = of_mib * kMiB,
          .read_bytes = mib * kMiB,
          .limiting = Stage::read};
}

// What a terminal shows after `text`: knows just what the view uses.
class Screen {
 public:
  explicit Screen(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\r') {
        column_ = 0;
      } else if (text[i] == '\n') {
        ++row_;
        column_ = 0;
      } else if (text.substr(i).starts_with("\x1b[K")) {
        line().resize(column_);
        i += 2;
      } else if (text.substr(i).starts_with("\x1b[1A")) {
        --row_;
        i += 3;
      } else {
        if (line().size() <= column_) line().resize(column_ + 1, ' ');
        line()[column_++] = text[i];
      }
    }
  }
  std::string& line() {
    if (lines_.size() <= row_) lines_.resize(row_ + 1);
    return lines_[row_];
  }
  std::vector<std::string> lines_;
  std::size_t row_ = 0, column_ = 0;
};

TEST(ProgressMeter, RateIsThatOfTheLastSeconds) {
  ProgressMeter meter;
  ProgressMeter::Reading reading;
  for (int second = 0; second <= 20; ++second)  // 10 MiB/s, then 100 MiB/s
    reading = meter.read(
        copied(static_cast<std::uint64_t>(second <= 10 ? second * 10 : second * 100 - 900), 2000),
        second);
  EXPECT_NEAR(reading.bytes_per_second / kMiB, 100, 1);
  EXPECT_NEAR(reading.fraction, 0.55, 0.001);
  ASSERT_TRUE(reading.seconds_left);
  EXPECT_NEAR(*reading.seconds_left, 9, 0.2);
}

TEST(ProgressMeter, SaysNothingItCannotKnow) {
  ProgressMeter meter;
  EXPECT_FALSE(meter.read(copied(0), 0).seconds_left);
  EXPECT_FALSE(meter.read(copied(10), 0.2).seconds_left) << "too early";
  Progress other = copied(5);
  other.volume = "E";  // a new volume starts anew, below what was counted
  EXPECT_EQ(meter.read(other, 3).bytes_per_second, 0);
  EXPECT_EQ(meter.read(copied(0, 0), 4).fraction, 0) << "of nothing";
}

TEST(ProgressView, LinesFitTheTerminal) {
  ProgressMeter meter;
  Progress progress = copied(0, 4'000'000);
  progress.volume = "a-very-long-volume-name-that-nobody-would-choose-but-somebody-does";
  progress.unreadable_bytes = 4096;
  meter.read(progress, 0);
  progress.read_bytes = 1'234'567 * kMiB;
  ProgressMeter::Reading reading = meter.read(progress, 2000);
  reading.word = "copy";
  for (std::size_t width = 19; width <= 200; ++width) {
    EXPECT_LE(columns(bar_line(progress, reading, width)), width);
    EXPECT_LE(columns(facts_line(progress, reading, true, width)), width);
  }
}

TEST(ProgressView, GoldenAt80Columns) {
  FakeEnv fake;
  fake.be_terminal();
  ProgressView view(fake.env, {.copying = "copy"});
  view.update(copied(0));
  fake.clock = 2;
  view.update(copied(470));
  const Screen screen(fake.err.str());
  ASSERT_EQ(screen.lines_.size(), 2u);
  EXPECT_EQ(screen.lines_[0],
            "D  copy  [###############-------------------]   47 %   235 MiB/s     2.3 s left");
  EXPECT_EQ(screen.lines_[1], "470 of 1000 MiB, limited by: read");
}

TEST(ProgressView, RedrawsAtMostTenTimesASecond) {
  FakeEnv fake;
  fake.be_terminal();
  ProgressView view(fake.env, {});
  const auto draws = [&] {
    const std::string text = fake.err.str();
    return std::count(text.begin(), text.end(), '\n');
  };
  for (int i = 0; i < 1000; ++i) {
    fake.clock = i * 0.001;
    view.update(copied(static_cast<std::uint64_t>(i)));
  }
  EXPECT_GE(draws(), 9);
  EXPECT_LE(draws(), 11);
}

TEST(ProgressView, LeavesACleanScreen) {
  FakeEnv fake;
  fake.be_terminal();
  {
    ProgressView view(fake.env, {});
    view.update(copied(1));
    view.print_line("remark");
    view.update(copied(2));
    fake.clock = 1;
    view.update(copied(3));
  }
  const Screen screen(fake.err.str());
  EXPECT_EQ(screen.lines_[0], "remark");
  for (std::size_t i = 1; i < screen.lines_.size(); ++i) EXPECT_EQ(screen.lines_[i], "");
  EXPECT_EQ(screen.row_, 1u) << "the report begins right behind the remark";
}

TEST(ProgressView, PlainLinesWithoutATerminal) {
  FakeEnv fake;
  ProgressView view(fake.env, {.copying = "restore"});
  for (int second = 0; second <= 100; ++second) {
    fake.clock = second;
    view.update(copied(static_cast<std::uint64_t>(second) * 10));
  }
  const std::string text = fake.err.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_THAT(
      text,
      HasSubstr("D: restore 50 %, 500 of 1000 MiB, 10 MiB/s, 50.0 s left, limited by: read\n"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ProgressView, ASlowRunShowsLifeEachMinuteAndAFastOneIsQuiet) {
  FakeEnv slow;
  ProgressView view(slow.env, {});
  for (int second = 0; second <= 600; ++second) {
    slow.clock = second;
    view.update(copied(static_cast<std::uint64_t>(second) / 100));
  }
  const std::string text = slow.err.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);

  FakeEnv fast;
  ProgressView quick(fast.env, {});
  for (std::uint64_t i = 0; i <= 10; ++i) {
    fast.clock = static_cast<double>(i) * 0.05;
    quick.update(copied(i * 100));
  }
  EXPECT_EQ(fast.err.str(), "");
}

TEST(ProgressView, DumbTerminalsAndModes) {
  FakeEnv dumb;
  dumb.be_terminal();
  dumb.variables["TERM"] = "dumb";
  ProgressView lines(dumb.env, {});
  lines.update(copied(1));
  EXPECT_EQ(dumb.err.str().find('\x1b'), std::string::npos);

  FakeEnv fake;
  ProgressView bar(fake.env, {.mode = ProgressMode::bar});
  bar.update(copied(1));
  EXPECT_THAT(fake.err.str(), HasSubstr("["));

  FakeEnv silent;
  silent.be_terminal();
  ProgressView none(silent.env, {.mode = ProgressMode::none});
  none.update(copied(470));
  EXPECT_EQ(silent.err.str(), "");
  none.print_status();
  EXPECT_EQ(silent.err.str(), "D: copy 47 %, 470 of 1000 MiB, - MiB/s, limited by: read\n");
}

TEST(ProgressView, PhasesWithoutBytesAreJustNamed) {
  FakeEnv fake;
  ProgressView view(fake.env, {.mode = ProgressMode::none});
  view.update({.phase = Phase::commit, .volume = "D"});
  view.print_status();
  EXPECT_EQ(fake.err.str(), "D: commit\n");
}

}  // namespace
}  // namespace tintype
