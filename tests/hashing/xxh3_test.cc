#include "hashing/xxh3.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <random>
#include <vector>

namespace tintype {
namespace {

std::vector<std::byte> random_bytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<std::byte> bytes(size);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

TEST(Xxh3, AgreesWithThePlainLibraryFunctionAtEverySizeClass) {
  for (const std::size_t size : {0u, 1u, 16u, 128u, 240u, 241u, 4096u, 65537u}) {
    const auto bytes = random_bytes(size);
    const XXH128_hash_t expected = XXH3_128bits(bytes.data(), bytes.size());
    EXPECT_EQ(xxh3_128(bytes), (Digest128{expected.low64, expected.high64})) << size;
    EXPECT_EQ(xxh3_64(bytes), XXH3_64bits(bytes.data(), bytes.size())) << size;
  }
}

TEST(Xxh3, LowHalfOfTheLongDigestIsTheShortDigest) {
  for (std::size_t size = 0; size < 600; ++size) {
    const auto bytes = random_bytes(size);
    EXPECT_EQ(xxh3_64_of(xxh3_128(bytes), bytes), xxh3_64(bytes)) << size;
  }
  const auto large = random_bytes(1 << 20);
  EXPECT_EQ(xxh3_64_of(xxh3_128(large), large), xxh3_64(large));
}

TEST(Xxh3, StreamOfPiecesAgreesWithTheWhole) {
  const auto bytes = random_bytes(100'000);
  for (const std::size_t piece : {1u, 31u, 56u, 257u, 4096u, 100'000u}) {
    Xxh3Stream stream;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (at % 7 == 0 && at < 9000) {
        EXPECT_EQ(stream.digest(), xxh3_128(std::span(bytes).first(at)));
      }
      stream.update(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(stream.digest(), xxh3_128(bytes)) << piece;
  }
  EXPECT_EQ(Xxh3Stream().digest(), xxh3_128({}));
}

TEST(Xxh32, KnowsItsPublishedVectors) {
  EXPECT_EQ(xxh32({}), 0x02CC5D05u);
  const char text[] = "Nobody inspects the spammish repetition";
  EXPECT_EQ(xxh32(std::as_bytes(std::span(text).first(sizeof text - 1))), 0xE2293B2Fu);
}

TEST(Xxh3, PrintsLikeXxh128sum) {
  EXPECT_EQ(to_hex(xxh3_128({})), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace tintype
