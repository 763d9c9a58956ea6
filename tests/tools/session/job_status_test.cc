#include "tools/session/job_status.h"

#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

TEST(JobStatus, ArrivesAsItWasSent) {
  const JobStatus sent{.process_id = 4711,
                       .command = "backup",
                       .set = "20261122T181500Z-mail1-full",
                       .volume = "a volume with = and blanks",
                       .limiting = "read-limit",
                       .total_bytes = ~std::uint64_t{0},
                       .read_bytes = 5,
                       .written_bytes = 6,
                       .seconds = 1.5,
                       .read_limit = 7,
                       .write_limit = 8};
  const auto got = parse_job_status(to_text(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(to_text(*got), to_text(sent));
  EXPECT_EQ(got->volume, sent.volume);
  EXPECT_EQ(got->total_bytes, sent.total_bytes);
}

TEST(JobStatus, ANameCannotForgeALine) {
  const auto got = parse_job_status(to_text({.volume = "x\nread-limit 99\n"}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->read_limit, 0u);
  EXPECT_EQ(got->volume, "x?read-limit 99?");
}

TEST(JobStatus, AnythingElseIsNoStatusOrAHarmlessOne) {
  for (const char* text :
       {"", "\n", "tintype-job 2\npid 1\n", "not understood\n", "tintype-job 1x"})
    EXPECT_FALSE(parse_job_status(text)) << text;
  const auto odd = parse_job_status(
      "tintype-job 1\npid -1\nread 99999999999999999999\nseconds nan\nwhat is this\n\n \npid");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->process_id, 0u);
  EXPECT_EQ(odd->read_bytes, 0u);
  EXPECT_EQ(odd->seconds, 0);
  std::mt19937_64 random(3);
  const std::string good = to_text({.process_id = 1, .command = "copy", .volume = "v"});
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (int flips = 0; flips < 3; ++flips)
      bad[random() % bad.size()] = static_cast<char>(random() % 256);
    static_cast<void>(parse_job_status(bad.substr(0, random() % (bad.size() + 1))));
  }
}

TEST(JobStatus, RequestsSayWhatIsToChange) {
  EXPECT_EQ(to_line({}), "status");
  EXPECT_EQ(to_line({.read_limit = 5}), "limit read=5");
  EXPECT_EQ(to_line({.read_limit = 0, .write_limit = 7}), "limit read=0 write=7");
  for (const LimitRequest& request :
       {LimitRequest{}, LimitRequest{.read_limit = 1}, LimitRequest{.write_limit = 2},
        LimitRequest{.read_limit = 0, .write_limit = ~std::uint64_t{0}}}) {
    const auto got = parse_limit_request(to_line(request));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->read_limit, request.read_limit);
    EXPECT_EQ(got->write_limit, request.write_limit);
  }
}

TEST(JobStatus, WhatIsNotUnderstoodChangesNothing) {
  for (const char* line : {"", "limits", "stop", "status now", "limit read",
                           "limit read=", "limit read=x", "limit read=-1", "limit read=1 speed=2",
                           "limit read=18446744073709551616", "limit  read=1"})
    EXPECT_FALSE(parse_limit_request(line)) << line;
}

}  // namespace
}  // namespace tintype
