// Random reads of an image by many threads: always the truth or an error, within a fixed memory.
#include "engine/image/read/chunk_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "engine/image/read/image_volume.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::ImageBuilder;
using test::must;
using test::TempDir;
using test::Texture;
using test::textured;

constexpr std::uint32_t kChunk = 64 << 10;

// `chunks` chunks of every kind, with a run of zeros of odd length before every fifth.
ImageBuilder long_image(std::size_t chunks) {
  const std::uint64_t runs = (chunks + 4) / 5;
  ImageBuilder built({.volume_bytes = chunks * kChunk + runs * 100'001, .chunk_bytes = kChunk});
  for (std::size_t i = 0; i < chunks; ++i) {
    if (i % 5 == 0) built.add_run(100'001);
    built.add_chunk(textured(kChunk, static_cast<Texture>(i % 3), i), i % 4 != 3);
  }
  built.finish({});
  return built;
}

Bytes read(const ImageVolume& volume, std::uint64_t offset, std::size_t bytes) {
  Bytes out(bytes, std::byte{0xA5});
  must(volume.read(offset, out));
  return out;
}

bool same(const Bytes& read, const Bytes& volume, std::uint64_t offset) {
  return std::ranges::equal(read, std::span(volume).subspan(offset, read.size()));
}

class ChunkCacheTest : public testing::Test {
 protected:
  ImageReader open(const ImageBuilder& built) {
    test::write_file(dir_ / "a.tint", built.image());
    return must(ImageReader::open(dir_ / "a.tint"));
  }
  TempDir dir_;
};

TEST_F(ChunkCacheTest, AnyReadOfAnyImageIsTheVolume) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const ImageBuilder built = test::random_image(seed, {.stock = seed % 4 == 0, .records = 30});
    const ImageReader image = open(built);
    const ImageVolume volume(image, {.cache_bytes = (seed % 3) * 8 * kChunk});
    ASSERT_TRUE(same(read(volume, 0, built.volume().size()), built.volume(), 0));
    std::mt19937_64 random(seed);
    for (int i = 0; i < 30 && !built.volume().empty(); ++i) {
      const std::uint64_t offset = random() % built.volume().size();
      const std::size_t bytes = random() % (built.volume().size() - offset + 1);
      ASSERT_TRUE(same(read(volume, offset, bytes), built.volume(), offset)) << offset;
    }
    Bytes one(1);
    EXPECT_FALSE(volume.read(built.volume().size(), one));
    EXPECT_FALSE(volume.read(~std::uint64_t{0}, one));
  }
}

TEST_F(ChunkCacheTest, EightThreadsOfRandomReadsSeeTheTruth) {
  const ImageBuilder built = long_image(60);
  const ImageReader image = open(built);
  // Room for few chunks: they are pushed out all the time. With read-ahead, and without.
  for (const std::size_t chunks : {3u, 9u, 40u}) {
    const ImageVolume volume(image, {.cache_bytes = chunks * kChunk});
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0}, reads{0};
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 0; seed < 8; ++seed)
      threads.emplace_back([&, seed] {
        std::mt19937_64 random(seed);
        std::uint64_t offset = 0;
        while (!stop) {
          const std::size_t bytes = 1 + random() % (3 * kChunk);
          // Some jump, some read on.
          offset = seed % 2 == 0 ? random() : offset + bytes;
          offset %= built.volume().size() - bytes;
          if (!same(read(volume, offset, bytes), built.volume(), offset)) ++wrong;
          ++reads;
        }
      });
    std::this_thread::sleep_for(700ms);
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(reads, 8);
  }
}

TEST_F(ChunkCacheTest, ManyReadersOfOneChunkWaitForOneLoading) {
  const ImageBuilder built = long_image(1);
  const ImageReader image = open(built);
  const ImageVolume volume(image, {});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 16; ++i)
    threads.emplace_back(
        [&] { right += same(read(volume, 100'001, kChunk), built.volume(), 100'001) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 16);
  EXPECT_EQ(volume.cache().counts().loaded, 1u);
}

TEST_F(ChunkCacheTest, AReaderWhoReadsOnIsReadAheadOfAndNothingIsLoadedTwice) {
  const ImageBuilder built = long_image(100);
  const ImageReader image = open(built);
  const ImageVolume volume(image, {.cache_bytes = 40 * kChunk});
  for (std::uint64_t offset = 0; offset < built.volume().size(); offset += 4096) {
    const std::size_t bytes = std::min<std::uint64_t>(4096, built.volume().size() - offset);
    ASSERT_TRUE(same(read(volume, offset, bytes), built.volume(), offset));
  }
  EXPECT_EQ(volume.cache().counts().loaded, 100u);
  EXPECT_GT(volume.cache().counts().loaded_ahead, 10u);
}

TEST_F(ChunkCacheTest, WhoJumpsAboutIsNotReadAheadOf) {
  const ImageBuilder built = long_image(100);
  const ImageReader image = open(built);
  const ImageVolume volume(image, {.cache_bytes = 40 * kChunk});
  for (std::size_t record = image.records().size(); record-- > 0;)
    read(volume, image.records()[record].volume_offset, 1);
  EXPECT_EQ(volume.cache().counts().loaded_ahead, 0u);
}

TEST_F(ChunkCacheTest, ZerosNeedNoLoadingAndAChunkThatIsHereNoSecondOne) {
  const ImageBuilder built = long_image(2);
  const ImageReader image = open(built);
  const ImageVolume volume(image, {});
  read(volume, 0, 100'001);
  EXPECT_EQ(volume.cache().counts().loaded, 0u);
  for (int i = 0; i < 5; ++i) read(volume, 100'001 + i, 100);
  EXPECT_EQ(volume.cache().counts().loaded, 1u);
}

TEST_F(ChunkCacheTest, TheBudgetHoldsAndHasAFloorOfThreeChunks) {
  const ImageBuilder built = long_image(1);
  const ImageReader image = open(built);
  for (const std::uint64_t budget : {1u, 3u, 4u, 16u, 1000u}) {
    const ChunkCache cache(image, budget * kChunk + 17);
    EXPECT_LE(cache.memory_bytes_max(), std::max<std::uint64_t>(budget, 3) * kChunk);
  }
}

TEST_F(ChunkCacheTest, AFlippedByteIsAnErrorOfItsChunkAndOfNothingElse) {
  const ImageBuilder built = long_image(12);
  Bytes bytes = built.image();
  const auto& records = built.layout().records();
  for (std::size_t damaged = 0; damaged < records.size(); ++damaged) {
    const ImageRecord& record = records[damaged];
    if ((record.flags & kRecordRun) != 0) continue;
    const std::size_t place = record.payload_offset + record.stored_bytes / 2;
    bytes[place] ^= std::byte{0x10};
    test::write_file(dir_ / "b.tint", bytes);
    bytes[place] ^= std::byte{0x10};
    const ImageReader image = must(ImageReader::open(dir_ / "b.tint"));
    const ImageVolume volume(image, {.cache_bytes = 4 * kChunk});
    for (std::uint64_t offset = 0; offset < built.volume().size(); offset += 4000) {
      Bytes out(std::min<std::uint64_t>(4000, built.volume().size() - offset));
      const bool touches = offset + out.size() > record.volume_offset &&
                           offset < record.volume_offset + record.plain_bytes;
      const auto done = volume.read(offset, out);
      ASSERT_EQ(done.has_value(), !touches) << offset;
      if (touches) {
        ASSERT_EQ(done.error().code, std::errc::bad_message);
        ASSERT_NE(done.error().what.find(kChunkDamageWords), std::string::npos);
      } else {
        ASSERT_TRUE(same(out, built.volume(), offset)) << offset;
      }
    }
  }
}

TEST_F(ChunkCacheTest, AFileThatWasCutIsAnErrorNotAHang) {
  const ImageBuilder built = long_image(12);
  const ImageReader image = open(built);
  std::filesystem::resize_file(dir_ / "a.tint", 4096);
  const ImageVolume volume(image, {.cache_bytes = 12 * kChunk});
  Bytes out(built.volume().size());
  EXPECT_FALSE(volume.read(0, out));
}

TEST_F(ChunkCacheTest, WhatTheBackupCouldNotReadIsAnErrorIfAskedFor) {
  ImageBuilder built({.volume_bytes = 4 * kChunk, .chunk_bytes = kChunk});
  built.add_chunk(textured(kChunk, Texture::text, 1), true, kRecordUnreadable);
  built.add_run(2 * kChunk, kRecordUnreadable);
  built.add_chunk(textured(kChunk, Texture::text, 2));
  built.finish({.unreadable = {{512, 512}, {kChunk + 4096, 1024}}});
  const ImageReader image = open(built);
  const ImageVolume zeros(image, {});
  EXPECT_TRUE(same(read(zeros, 0, 4 * kChunk), built.volume(), 0));
  EXPECT_FALSE(zeros.stretch_at(kChunk + 4096).data);

  const ImageVolume errors(image, {.unreadable = ImageVolume::Unreadable::error});
  for (std::uint64_t offset = 0; offset < 4 * kChunk; offset += 256) {
    Bytes out(256);
    const bool bad = (offset >= 512 && offset < 1024) ||
                     (offset >= kChunk + 4096 && offset < kChunk + 4096 + 1024);
    const auto done = errors.read(offset, out);
    ASSERT_EQ(done.has_value(), !bad) << offset;
    if (!bad) continue;
    ASSERT_EQ(done.error().code, std::errc::io_error);
    // Who skips holes must not skip an error.
    ASSERT_TRUE(errors.stretch_at(offset).data) << offset;
  }
}

TEST_F(ChunkCacheTest, StretchesTileTheVolumeAndHolesAreZeros) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const ImageBuilder built = test::random_image(seed, {.records = 30});
    const ImageReader image = open(built);
    const ImageVolume volume(image, {});
    std::uint64_t offset = 0, holes = 0;
    while (offset < volume.size_bytes()) {
      const ImageVolume::Stretch stretch = volume.stretch_at(offset);
      ASSERT_GT(stretch.length, 0u);
      for (std::uint64_t i = 0; !stretch.data && i < stretch.length; ++i)
        ASSERT_EQ(built.volume()[offset + i], std::byte{0});
      if (!stretch.data) holes += stretch.length;
      offset += stretch.length;
    }
    EXPECT_EQ(offset, volume.size_bytes());
    for (const ImageRecord& record : image.records())
      if ((record.flags & kRecordRun) != 0) holes -= record.plain_bytes;
    EXPECT_EQ(holes, 0u);
  }
}

}  // namespace
}  // namespace tintype
