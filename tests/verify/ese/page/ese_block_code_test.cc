#include "verify/ese/page/ese_block_code.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "support/ese_generator.h"
#include "support/guarded_buffer.h"

namespace tintype {
namespace {

constexpr std::size_t kSizes[] = {512, 1024, 2048, 4096, 8192};

void fill_random(std::span<std::byte> bytes, std::mt19937_64& random) {
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
}

std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  fill_random(bytes, random);
  return bytes;
}

const EseBlockCodeTier& portable() {
  return ese_block_code_tiers().back();
}

TEST(EseBlockCode, PortableTierIsTheDefinition) {
  for (const std::size_t size : kSizes) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto block = random_bytes(size, seed * 100 + size);
      const auto code = portable().code(block.data(), size);
      const auto expected = test::ese_code_by_bits(block);
      EXPECT_EQ(ese_stored_code(code, static_cast<std::uint32_t>(size), 0),
                std::uint64_t{expected.ecc} << 32 | expected.x)
          << size << " seed " << seed;
    }
  }
}

// One set bit: the code is its number, and nothing else. Every place of every size.
TEST(EseBlockCode, EveryTierLocatesEverySingleBit) {
  for (const EseBlockCodeTier& tier : ese_block_code_tiers()) {
    if (!tier.usable()) continue;
    for (const std::size_t size : kSizes) {
      std::vector<std::byte> block(size);
      EXPECT_EQ(tier.code(block.data(), size), EseBlockCode{}) << tier.name;
      for (std::uint32_t bit = 0; bit < 8 * size; ++bit) {
        block[bit / 8] = std::byte{1} << (bit % 8);
        const EseBlockCode code = tier.code(block.data(), size);
        block[bit / 8] = std::byte{0};
        ASSERT_EQ(code, (EseBlockCode{.x = 1u << (bit % 32), .l = bit})) << tier.name << size;
      }
    }
  }
}

TEST(EseBlockCode, TiersAgreeBetweenGuardPagesAtAnyAlignment) {
  const test::GuardedBuffer buffer(8192 + 128);
  std::mt19937_64 random(1);
  for (const EseBlockCodeTier& tier : ese_block_code_tiers()) {
    if (!tier.usable()) continue;
    for (const std::size_t size : kSizes) {
      for (int round = 0; round < 200; ++round) {
        const std::size_t shift = random() % 65;
        for (const auto block : {buffer.at_start(size + shift).subspan(shift),
                                 buffer.at_end(size + shift).first(size)}) {
          fill_random(block, random);
          ASSERT_EQ(tier.code(block.data(), size), portable().code(block.data(), size))
              << tier.name << " " << size << " round " << round;
        }
      }
    }
  }
}

TEST(EseBlockCode, IsLinear) {
  for (const std::size_t size : kSizes) {
    const auto a = random_bytes(size, 1), b = random_bytes(size, 2);
    std::vector<std::byte> sum(size);
    for (std::size_t i = 0; i < size; ++i) sum[i] = a[i] ^ b[i];
    EseBlockCode both = ese_block_code(a);
    both ^= ese_block_code(b);
    EXPECT_EQ(ese_block_code(sum), both);
  }
}

TEST(EseBlockCode, PiecesInTheirPlacesAddUpToTheBlock) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto block = random_bytes(8192, seed);
    const EseBlockCode whole = ese_block_code(block);
    for (const std::size_t size : kSizes) {
      EseBlockCode sum;
      for (std::size_t at = 0; at < block.size(); at += size)
        sum ^= moved(ese_block_code(std::span(block).subspan(at, size)),
                     static_cast<std::uint32_t>(at));
      EXPECT_EQ(sum, whole) << size << " seed " << seed;
    }
  }
}

TEST(EseBlockCode, CodeOfAChecksumIsThatOfItsBytes) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 1000; ++round) {
    const std::uint64_t checksum = random() & random();
    std::vector<std::byte> block(512);
    store_le(std::span(block), 0, checksum);
    ASSERT_EQ(ese_code_of_checksum(checksum), portable().code(block.data(), block.size()));
  }
}

TEST(EseBlockCode, BestTierComesFirstAndPortableLast) {
  const auto tiers = ese_block_code_tiers();
  ASSERT_FALSE(tiers.empty());
  EXPECT_STREQ(tiers.back().name, "portable");
  EXPECT_TRUE(tiers.back().usable());
}

}  // namespace
}  // namespace tintype
