#include "engine/pipeline/token_bucket.h"

#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

using namespace std::chrono_literals;
using Time = TokenBucket::Time;

constexpr std::uint64_t kMiB = 1 << 20;
const Time kStart = Time() + 100h;  // a clock that has run for a while

double seconds(Time::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Everybody who uses a bucket: takes if it may, else sleeps until it is told to ask again, and
// wakes late by up to `late`.
Time run_through(TokenBucket& bucket, std::uint64_t bytes, Time now, std::mt19937_64& random,
                 std::uint64_t piece_max, std::chrono::microseconds late) {
  while (bytes > 0) {
    const std::uint64_t piece = std::min(bytes, 1 + random() % piece_max);
    while (!bucket.take(piece, now)) {
      const Time ready = bucket.ready_at(piece, now);
      EXPECT_GT(ready, now) << "told to ask again at once";
      now = ready + std::chrono::microseconds(
                        late.count() == 0 ? 0 : random() % static_cast<unsigned>(late.count()));
    }
    bytes -= piece;
  }
  return now;
}

TEST(TokenBucket, WithoutALimitEverythingStarts) {
  TokenBucket bucket;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bucket.take(1ull << 40, kStart));
  EXPECT_EQ(bucket.ready_at(1ull << 40, kStart), kStart);
}

TEST(TokenBucket, BytesTakeTheirTimeWhateverThePieces) {
  std::mt19937_64 random(1);
  for (const std::uint64_t rate : {kMiB / 16, kMiB, 37 * kMiB, 3000 * kMiB})
    for (const std::uint64_t piece_max : {kMiB / 256, kMiB + 4096, 16 * kMiB})
      for (const auto late : {0us, 1500us, 100'000us}) {
        if (piece_max > rate * 20) continue;  // the last piece alone takes that long
        TokenBucket bucket;
        bucket.set_rate(rate, kStart);
        const Time end = run_through(bucket, rate * 20, kStart, random, piece_max, late);
        EXPECT_NEAR(seconds(end - kStart), 20, 20 * 0.01)
            << rate << " B/s in pieces up to " << piece_max << ", late by " << late.count();
      }
}

TEST(TokenBucket, ARequestWaitsUntilItIsPaidFor) {
  TokenBucket bucket;
  bucket.set_rate(kMiB, kStart);
  EXPECT_FALSE(bucket.take(4 * kMiB, kStart));
  EXPECT_EQ(bucket.ready_at(4 * kMiB, kStart), kStart + 4s);
  EXPECT_FALSE(bucket.take(4 * kMiB, kStart + 3999ms))
      << "asking again is free, and changes nothing";
  EXPECT_TRUE(bucket.take(4 * kMiB, kStart + 4s));
  EXPECT_FALSE(bucket.take(1, kStart + 4s)) << "no credit";
}

TEST(TokenBucket, ARestIsNoExcuseForABurst) {
  TokenBucket bucket;
  bucket.set_rate(100 * kMiB, kStart);
  const Time later = kStart + 1h;
  std::uint64_t burst = 0;
  while (bucket.take(kMiB, later)) burst += kMiB;
  EXPECT_LE(burst, 26 * kMiB) << "a quarter of a second, and the request that asked";
  EXPECT_GE(burst, 25 * kMiB);
}

TEST(TokenBucket, ANewRateHoldsFromNowOn) {
  TokenBucket bucket;
  bucket.set_rate(kMiB, kStart);
  EXPECT_FALSE(bucket.take(10 * kMiB, kStart + 1s));
  bucket.set_rate(9 * kMiB, kStart + 1s);  // a tenth is saved
  EXPECT_EQ(bucket.ready_at(10 * kMiB, kStart + 1s), kStart + 1s + 1s);
  bucket.set_rate(0, kStart + 1s);
  EXPECT_TRUE(bucket.take(1ull << 50, kStart + 1s));
  bucket.set_rate(kMiB, kStart + 10s);
  EXPECT_FALSE(bucket.take(1, kStart + 10s)) << "unlimited times have saved nothing up";
}

TEST(TokenBucket, TheClocksBackStepsAndHugeNumbersDoNoHarm) {
  TokenBucket bucket;
  bucket.set_rate(kMiB, kStart);
  EXPECT_TRUE(bucket.take(kMiB, kStart + 1s));
  EXPECT_FALSE(bucket.take(kMiB, kStart - 1h));
  EXPECT_TRUE(bucket.take(kMiB, kStart + 2s));
  bucket.set_rate(1, kStart + 2s);
  const Time ready = bucket.ready_at(~std::uint64_t{0}, kStart + 2s);
  EXPECT_GT(ready, kStart + 2s + 1h);
  bucket.set_rate(~std::uint64_t{0}, kStart + 3s);
  EXPECT_TRUE(bucket.take(1ull << 50, kStart + 4s));
}

}  // namespace
}  // namespace tintype
