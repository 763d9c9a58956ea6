#include "engine/manifest/log_runs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tintype {
namespace {

constexpr std::size_t kMax = 1'000'000;

StreamLog archived(std::int64_t generation, bool sound = true, unsigned digits = 8) {
  return {.path = fmt::format("/Logs/E00{:0{}X}.log", generation, digits),
          .generation = generation,
          .sound = sound};
}

std::vector<StreamLog> there_and_back(const std::vector<StreamLog>& logs, std::size_t runs) {
  const auto found = runs_of(logs);
  EXPECT_EQ(found.size(), runs);
  std::vector<StreamLog> back;
  for (const LogRun& run : found) EXPECT_TRUE(append_run(run, kMax, back));
  return back;
}

void expect_same(const std::vector<StreamLog>& a, const std::vector<StreamLog>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].path, b[i].path);
    EXPECT_EQ(a[i].generation, b[i].generation);
    EXPECT_EQ(a[i].current, b[i].current);
    EXPECT_EQ(a[i].sound, b[i].sound);
  }
}

TEST(LogRuns, AStreamIsOneEntryAndItsCurrentLogAnother) {
  std::vector<StreamLog> logs;
  for (std::int64_t generation = 9; generation <= 70'000; ++generation)
    logs.push_back(archived(generation));
  logs.push_back({.path = "/Logs/E00.log", .generation = 70'001, .current = true, .sound = true});
  expect_same(there_and_back(logs, 2), logs);
}

TEST(LogRuns, WhateverBreaksTheRowBeginsAnother) {
  const std::vector<StreamLog> logs{
      archived(1),
      archived(2),
      archived(4),  // 3 is missing
      archived(5, false),
      archived(6),  // damaged
      archived(7, true, 5),
      archived(8, true, 5),                               // names of an older server
      {.path = "/Logs/e00000009.log", .generation = 9},   // written differently
      {.path = "/Other/E000000A.log", .generation = 10},  // another folder
      {.path = "/Other/E000000B.log", .generation = 99},  // the name lies
  };
  expect_same(there_and_back(logs, 8), logs);
}

TEST(LogRuns, NoneIsNone) {
  EXPECT_TRUE(there_and_back({}, 0).empty());
}

TEST(LogRuns, NamesEndWhereTheirDigitsDo) {
  const std::vector<StreamLog> logs{archived(0xFFFFE, true, 5), archived(0xFFFFF, true, 5),
                                    archived(0x100000, true, 8)};
  expect_same(there_and_back(logs, 2), logs);
  std::vector<StreamLog> back;
  EXPECT_FALSE(append_run({.first = archived(0xFFFFF, true, 5), .count = 2}, kMax, back));
  EXPECT_TRUE(back.empty());
}

TEST(LogRuns, LiesAreRefusedAndNothingIsAppended) {
  std::vector<StreamLog> back{archived(1)};
  EXPECT_FALSE(append_run({.first = archived(2), .count = 0}, kMax, back));
  EXPECT_FALSE(append_run({.first = archived(2), .count = ~std::uint64_t{0}}, kMax, back));
  EXPECT_FALSE(append_run({.first = archived(2), .count = kMax}, kMax, back));
  EXPECT_FALSE(
      append_run({.first = {.path = "/Logs/E00.log", .generation = 2, .current = true}, .count = 2},
                 kMax, back));
  EXPECT_FALSE(
      append_run({.first = {.path = "/Logs/x.log", .generation = 2}, .count = 2}, kMax, back));
  EXPECT_EQ(back.size(), 1u);
}

}  // namespace
}  // namespace tintype
