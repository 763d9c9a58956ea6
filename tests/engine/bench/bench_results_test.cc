#include "engine/bench/bench_results.h"

#include <gmock/gmock.h>

#include <random>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using test::ok;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

BenchResults sample(double factor = 1) {
  BenchResults results{.kind = "device", .date = "2026-11-25T00:00:00Z", .subject = "/a\xff\n"};
  results.rounds = 5;
  for (const char* name : {"read", "write \"quoted\""})
    for (int i = 0; i < 5; ++i)
      results.method(name).runs.push_back({.wall_seconds = factor * (1 + i * 0.01),
                                           .cpu_seconds = 0.1,
                                           .bytes = kGiB,
                                           .latency_median_seconds = 0.001,
                                           .latency_99_seconds = 0.002});
  return results;
}

TEST(BenchResults, AreReadAsTheyWereWritten) {
  for (const bool pretty : {false, true}) {
    const auto read = parse_bench_results(to_json_text(sample(), pretty), "x");
    ASSERT_TRUE(ok(read));
    EXPECT_EQ(read->kind, "device");
    ASSERT_EQ(read->methods.size(), 2u);
    EXPECT_EQ(read->methods[1].name, "write \"quoted\"");
    EXPECT_EQ(read->methods[0].seconds(), sample().methods[0].seconds());
    EXPECT_TRUE(read->methods[0].tells_bytes());
  }
}

TEST(BenchResults, TheLastEventOfARunHoldsThemToo) {
  const std::string events =
      "{\"type\":\"start\"}\n{\"type\":\"summary\",\"results\":" + to_json_text(sample(), false) +
      "}\n";
  const auto read = parse_bench_results(events, "x");
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(read->methods.size(), 2u);
}

TEST(BenchResults, ThoseOfTheCopyBenchAreReadToo) {
  const auto read = read_bench_results(std::string(TINTYPE_SOURCE_DIR) +
                                       "/bench/results/epyc/2026-11-25-mixed-4GiB.json");
  ASSERT_TRUE(ok(read));
  const auto comparisons = compare(*read, *read);
  EXPECT_EQ(comparisons.size(), read->methods.size());
  for (const BenchComparison& row : comparisons) {
    EXPECT_NEAR(row.ratio.ratio, 1, 0.2) << row.name;
    EXPECT_FALSE(row.ratio.shows_difference()) << row.name;
  }
}

TEST(BenchResults, AreComparedByTheByte) {
  BenchResults b = sample(1.5);
  for (BenchRun& run : b.methods[0].runs) {
    run.bytes *= 3;
    run.wall_seconds *= 3;
  }
  b.method("only here").runs.push_back({.wall_seconds = 1});
  const auto comparisons = compare(sample(), b);
  ASSERT_EQ(comparisons.size(), 2u);
  for (const BenchComparison& row : comparisons) {
    EXPECT_TRUE(row.per_gib);
    EXPECT_NEAR(row.ratio.ratio, 1.5, 0.001) << row.name;
    EXPECT_TRUE(row.ratio.shows_difference());
  }
}

TEST(BenchResults, UnsteadyOnesAreWarnedOf) {
  BenchResults steady = sample();
  add_steadiness_warnings(steady);
  EXPECT_THAT(steady.warnings, IsEmpty());
  BenchResults jumping = sample();
  jumping.methods[0].runs[2].wall_seconds = 5;
  for (int i = 0; i < 5; ++i)
    jumping.methods[1].runs[static_cast<std::size_t>(i)].wall_seconds = 1 + i * 0.1;
  add_steadiness_warnings(jumping);
  ASSERT_EQ(jumping.warnings.size(), 3u);
  EXPECT_EQ(jumping.warnings[0], "read: 1 of 5 runs far from the others");
  EXPECT_THAT(jumping.warnings[1], HasSubstr("vary by 33 %"));
}

TEST(BenchResults, WhatIsNoneIsAnError) {
  for (const char* text :
       {"", "\n", "{}", "[]", "null", "{\"runs\":[]}", "{\"runs\":{}}", "{\"runs\":{\"a\":[]}}",
        "{\"runs\":{\"a\":[{\"wall_s\":0}]}}", "{\"runs\":{\"a\":[{\"wall_s\":\"1\"}]}}",
        "{\"runs\":{\"a\":[{\"wall_s\":-1}]}}", "{\"runs\":{\"a\":[1e999]}}",
        "{\"results\":{\"results\":{\"runs\":{\"a\":[{\"wall_s\":1}]}}}}"})
    EXPECT_FALSE(parse_bench_results(text, "x")) << text;
  EXPECT_FALSE(read_bench_results("/nowhere"));
  EXPECT_FALSE(parse_bench_results(std::string(1'000'000, '['), "x"));
}

TEST(BenchResults, LiesAreErrorsOrHarmless) {
  const std::string good = to_json_text(sample(), false);
  std::mt19937_64 random(9);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good;
    for (int flips = 0; flips < 3; ++flips)
      bad[random() % bad.size()] = static_cast<char>(random() % 256);
    if (i % 10 == 0) bad.resize(random() % bad.size());
    const auto read = parse_bench_results(bad, "x");
    if (!read) continue;
    for (const BenchComparison& row : compare(*read, sample()))
      EXPECT_TRUE(row.ratio.ratio > 0) << bad;
  }
}

}  // namespace
}  // namespace tintype
