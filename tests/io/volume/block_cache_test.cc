#include "io/volume/block_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "io/file/remote_reader.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"

namespace tintype {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kBlock = BlockCache::kBlockBytes;
constexpr std::uint64_t kSector = 512;

// Answers at once, remembers what it was asked for, and has a bad sector if told.
class NotingReader final : public RemoteReader {
 public:
  explicit NotingReader(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  void start_read(std::uint64_t offset, std::span<std::byte> bytes, ReadSink& sink,
                  std::uint64_t ticket) override {
    asked.push_back({offset, bytes.size()});
    EXPECT_EQ(offset % kSector, 0u);
    EXPECT_EQ(bytes.size() % kSector, 0u);
    if (bad_sector >= offset && bad_sector < offset + bytes.size())
      return sink.read_done(ticket, -EIO);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), bytes.size(), bytes.begin());
    sink.read_done(ticket, static_cast<std::int32_t>(bytes.size()));
  }
  Error read_error(int error_number, std::uint64_t offset) const override {
    return system_error(error_number, "read", std::to_string(offset)).value();
  }

  std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;  // offset, bytes
  std::uint64_t bad_sector = UINT64_MAX;

 private:
  std::vector<std::byte> bytes_;
};

class BlockCacheTest : public testing::Test {
 protected:
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t bytes) {
    std::vector<std::byte> got(bytes);
    EXPECT_TRUE(test::ok(cache_.read(offset, got)));
    return got;
  }
  [[nodiscard]] std::vector<std::byte> part(std::uint64_t offset, std::uint64_t bytes) const {
    const auto from = content_.begin() + static_cast<std::ptrdiff_t>(offset);
    return {from, from + static_cast<std::ptrdiff_t>(bytes)};
  }

  const std::vector<std::byte> content_ = test::random_bytes(20 * kBlock + 7 * kSector, 1);
  NotingReader reader_{content_};
  const File file_ =
      File::remote("far away", {.size_bytes = content_.size(), .sector_bytes = kSector}, reader_);
  BlockCache cache_{file_};
};

TEST_F(BlockCacheTest, AFewBytesBringTheirBlockAndNoOther) {
  EXPECT_TRUE(read(kBlock + 10, 20) == part(kBlock + 10, 20));
  EXPECT_TRUE(read(2 * kBlock - 5, 5) == part(2 * kBlock - 5, 5));
  EXPECT_THAT(reader_.asked, ElementsAre(std::pair(kBlock, kBlock)));
}

TEST_F(BlockCacheTest, ManyBlocksComeWithFewQuestions) {
  EXPECT_TRUE(read(0, 16 * kBlock) == part(0, 16 * kBlock));
  EXPECT_THAT(reader_.asked,
              ElementsAre(std::pair(0u, 8 * kBlock), std::pair(8 * kBlock, 8 * kBlock)));
}

TEST_F(BlockCacheTest, WhatIsThereIsNotAskedForAgain) {
  read(3 * kBlock, 1);
  reader_.asked.clear();
  EXPECT_TRUE(read(100, 6 * kBlock) == part(100, 6 * kBlock));
  EXPECT_THAT(reader_.asked,
              ElementsAre(std::pair(0u, 3 * kBlock), std::pair(4 * kBlock, 3 * kBlock)));
}

TEST_F(BlockCacheTest, TheLastBlockIsAsLongAsTheFile) {
  const std::uint64_t from = 18 * kBlock + 1, bytes = content_.size() - from;
  EXPECT_TRUE(read(from, bytes) == part(from, bytes));
  EXPECT_THAT(reader_.asked, ElementsAre(std::pair(18 * kBlock, content_.size() - 18 * kBlock)));
  std::vector<std::byte> beyond(bytes + 1);
  EXPECT_FALSE(cache_.read(from, beyond));
}

TEST_F(BlockCacheTest, ABadSectorFailsOnlyWhoTouchesItAndARunIsAskedForOnce) {
  reader_.bad_sector = 5 * kBlock + 3 * kSector;
  std::vector<std::byte> bytes(8 * kBlock);
  EXPECT_FALSE(cache_.read(0, bytes));
  EXPECT_EQ(std::ranges::count(reader_.asked, 8 * kBlock,
                               &std::pair<std::uint64_t, std::uint64_t>::second),
            1);
  EXPECT_TRUE(read(0, 5 * kBlock + 3 * kSector) == part(0, 5 * kBlock + 3 * kSector));
  EXPECT_TRUE(read(5 * kBlock + 4 * kSector, 2 * kBlock) ==
              part(5 * kBlock + 4 * kSector, 2 * kBlock));
}

TEST_F(BlockCacheTest, AnyReadIsTheFile) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t offset = random() % content_.size();
    const std::uint64_t bytes = random() % std::min(content_.size() - offset, 4 * kBlock) + 1;
    ASSERT_TRUE(read(offset, bytes) == part(offset, bytes)) << offset << " " << bytes;
  }
}

}  // namespace
}  // namespace tintype
