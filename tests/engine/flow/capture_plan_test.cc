#include "engine/flow/capture_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace tintype {
namespace {

constexpr std::uint32_t kChunk = 64 * 1024;

// Every byte of a volume is in exactly one chunk or gap, and the data parts are what was asked for.
void expect_covers(std::uint64_t volume_bytes, const ExtentList& captured, const ExtentList& data,
                   bool every_chunk) {
  CapturePlan plan(volume_bytes, kChunk, captured, data, every_chunk);
  CapturePlan::Chunk chunk;
  std::uint64_t at = 0;
  ExtentList seen;
  while (plan.next(chunk)) {
    ASSERT_EQ(chunk.gap.offset, at);
    if (every_chunk) {
      ASSERT_EQ(chunk.gap.length, 0u);
    } else {
      ASSERT_FALSE(chunk.data.empty());
    }
    ASSERT_EQ(chunk.range.offset, chunk.gap.end());
    ASSERT_EQ(chunk.range.offset % kChunk, 0u);
    ASSERT_EQ(chunk.range.length,
              std::min<std::uint64_t>(kChunk, volume_bytes - chunk.range.offset));
    for (const Extent& part : chunk.data) {
      ASSERT_GE(part.offset, chunk.range.offset);
      ASSERT_LE(part.end(), chunk.range.end());
      seen.push_back(part);
    }
    at = chunk.range.end();
  }
  EXPECT_EQ(chunk.gap.offset, at);
  EXPECT_EQ(chunk.gap.end(), volume_bytes);
  EXPECT_EQ(normalized(seen), intersection(captured, data));
}

TEST(CapturePlan, WhatIsNotCapturedIsMissingAndHolesAreNot) {
  CapturePlan plan(4096, 1024, {{0, 600}, {1024, 1024}}, {{0, 600}});
  CapturePlan::Chunk chunk;
  ASSERT_TRUE(plan.next(chunk));
  EXPECT_EQ(chunk.missing, (ExtentList{{600, 424}}));
  EXPECT_FALSE(plan.next(chunk));
  EXPECT_EQ(missing_in(plan.captured(), {1024, 3072}), (ExtentList{{2048, 2048}}));
}

TEST(CapturePlan, EmptyVolumeIsOneGap) {
  expect_covers(10 * kChunk, {}, {{0, 10 * kChunk}}, false);
  expect_covers(10 * kChunk, {{0, 10 * kChunk}}, {}, false);
}

TEST(CapturePlan, LastChunkIsAsLongAsTheVolume) {
  for (const std::uint64_t size :
       {1ull, 511ull, 512ull, kChunk - 1ull, kChunk + 0ull, kChunk + 1ull, 3ull * kChunk + 513})
    for (const bool every_chunk : {false, true})
      expect_covers(size, {{0, size}}, {{0, size}}, every_chunk);
}

TEST(CapturePlan, RandomExtentsAreCoveredOnce) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t size = 1 + random() % (40 * kChunk);
    const auto some = [&] {
      ExtentList list;
      for (std::uint64_t at = 0; at < size;) {
        const std::uint64_t skip = random() % (3 * kChunk), length = 1 + random() % (2 * kChunk);
        at += skip;
        if (at >= size) break;
        list.push_back({at, std::min(length, size - at)});
        at += length;
      }
      return normalized(std::move(list));
    };
    expect_covers(size, some(), some(), round % 2 == 0);
  }
}

TEST(CapturePlan, ZeroesEverythingButTheData) {
  CapturePlan::Chunk chunk;
  chunk.range = {1000 * kChunk, kChunk};
  chunk.data = {{1000 * kChunk + 512, 1024}, {1000 * kChunk + 8192, 512}};
  std::vector<std::byte> bytes(kChunk, std::byte{7});
  zero_rest(chunk, bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool data = (i >= 512 && i < 1536) || (i >= 8192 && i < 8704);
    ASSERT_EQ(bytes[i], data ? std::byte{7} : std::byte{0}) << i;
  }
}

}  // namespace
}  // namespace tintype
