#include "tools/cli/option_values.h"

#include <gmock/gmock.h>

namespace tintype {
namespace {

template <class F>
std::string refusal_of(F parse) {
  try {
    parse();
  } catch (const UsageError& error) {
    return error.line;
  }
  return "accepted";
}

TEST(OptionValues, NumbersHaveBounds) {
  EXPECT_EQ(parse_number("--iodepth", "64", 1, 64), 64u);
  for (const char* word : {"0", "65", "-1", "1x", "", " 1", "99999999999"})
    EXPECT_EQ(refusal_of([&] { static_cast<void>(parse_number("--iodepth", word, 1, 64)); }),
              "--iodepth: \"" + std::string(word) + "\" is no number from 1 to 64");
}

TEST(OptionValues, RatesSayWhatTheyLack) {
  EXPECT_EQ(parse_rate_limit("--limit-read", "200MiB/s"), 200u << 20);
  EXPECT_EQ(parse_rate_limit("--limit-read", "none"), 0u);
  EXPECT_EQ(refusal_of([] { static_cast<void>(parse_rate_limit("--limit-read", "50")); }),
            "--limit-read: \"50\" lacks its unit: 50MiB/s?");
  EXPECT_EQ(refusal_of([] { static_cast<void>(parse_rate_limit("--limit-read", "50MiB")); }),
            "--limit-read: \"50MiB\" is no rate like 200MiB/s, or none");
}

TEST(OptionValues, PrioritiesOnlyGoDown) {
  EXPECT_EQ(parse_priority("--nice", "10").nice, 10);
  EXPECT_FALSE(parse_priority("--nice", "10").idle_io);
  EXPECT_TRUE(parse_priority("--nice", "idle").idle_io);
  for (const char* word : {"", "-5", "20", "low", "1.5"})
    EXPECT_EQ(refusal_of([&] { static_cast<void>(parse_priority("--nice", word)); }),
              "--nice: \"" + std::string(word) + "\" is neither idle nor a number from 0 to 19");
}

TEST(OptionValues, ChunkSizesArePowersOfTwoInRange) {
  EXPECT_EQ(parse_chunk_size("--chunk-size", "64k"), 65536u);
  EXPECT_EQ(parse_chunk_size("--chunk-size", "4MiB"), 4194304u);
  for (const char* word : {"32k", "8M", "3M", "1MB", "x", ""})
    EXPECT_NE(refusal_of([&] { static_cast<void>(parse_chunk_size("--chunk-size", word)); }),
              "accepted")
        << word;
}

TEST(OptionValues, WordsAreListedWhenNoneFits) {
  EXPECT_EQ(parse_compression("--compress", "lz4"), Compression::lz4);
  EXPECT_EQ(parse_queue_engine("--io-engine", "threads"), QueueEngine::threads);
  EXPECT_EQ(parse_progress_mode("--progress", "lines"), ProgressMode::lines);
  EXPECT_EQ(refusal_of([] { static_cast<void>(parse_compression("--compress", "zip")); }),
            "--compress: \"zip\" is none of auto, lz4, none");
  EXPECT_TRUE(parse_switch("X", "yes"));
  EXPECT_FALSE(parse_switch("X", "0"));
  EXPECT_NE(refusal_of([] { static_cast<void>(parse_switch("X", "maybe")); }), "accepted");
}

TEST(OptionValues, SourcesMayCarryAName) {
  const auto named = parse_source("db=/dev/vg/x=y");
  EXPECT_EQ(named.name, "db");
  EXPECT_EQ(named.path, "/dev/vg/x=y");
  EXPECT_EQ(parse_source("/dev/a=b").path, "/dev/a=b") << "the slash comes first: a path";
  EXPECT_EQ(parse_source("./a=b").name, "");
  for (const char* word : {"=x", "..=x", "a=", "-a=x"})
    EXPECT_NE(refusal_of([&] { static_cast<void>(parse_source(word)); }), "accepted") << word;
}

TEST(OptionValues, SlipsAreRecognised) {
  constexpr std::string_view kWords[] = {"--compress", "--chunk-size", "--to"};
  EXPECT_EQ(nearest("--compres", kWords), "--compress");
  EXPECT_EQ(nearest("--chunksize", kWords), "--chunk-size");
  EXPECT_EQ(nearest("--something", kWords), "");
}

}  // namespace
}  // namespace tintype
