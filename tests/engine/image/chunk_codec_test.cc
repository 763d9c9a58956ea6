#include "engine/image/chunk_codec.h"

#include <gtest/gtest.h>
#include <lz4.h>

#include <cstring>
#include <thread>
#include <vector>

#include "support/random_bytes.h"

namespace tintype {
namespace {

using Bytes = std::vector<std::byte>;
using test::random_bytes;

// Random bytes of which one in `period` runs repeats: the larger the period, the less LZ4 gains.
Bytes mixed_bytes(std::size_t size, std::size_t period) {
  Bytes bytes = random_bytes(size, period);
  constexpr std::size_t kRun = 64;
  for (std::size_t at = 0; at + 2 * kRun <= size; at += period * kRun) {
    std::memcpy(bytes.data() + at + kRun, bytes.data() + at, kRun);
  }
  return bytes;
}

Bytes unpacked(const Bytes& payload, std::size_t stored, std::size_t plain_bytes) {
  Bytes plain(plain_bytes + 1);
  const int length = LZ4_decompress_safe(reinterpret_cast<const char*>(payload.data()),
                                         reinterpret_cast<char*>(plain.data()),
                                         static_cast<int>(stored), static_cast<int>(plain.size()));
  plain.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return plain;
}

TEST(ChunkCodec, GivesBackWhatItWasGivenAtEverySizeClass) {
  for (const std::size_t size : {64u, 511u, 4096u, 65536u, 65547u, 1u << 20, 4u << 20}) {
    for (const std::size_t period : {2u, 3u, 8u, 20u}) {
      const Bytes plain = mixed_bytes(size, period);
      Bytes out(size);
      const std::uint32_t stored = compress_chunk(plain, out);
      if (stored == 0) continue;
      EXPECT_EQ(unpacked(out, stored, size), plain) << size << " " << period;
    }
    Bytes out(size);
    const std::uint32_t stored = compress_chunk(Bytes(size), out);
    EXPECT_GT(stored, 0u) << size;
    EXPECT_EQ(unpacked(out, stored, size), Bytes(size)) << size;
  }
}

TEST(ChunkCodec, NeverGainsLessThanThreePercent) {
  std::size_t kept = 0;
  std::size_t refused = 0;
  for (std::size_t period = 2; period < 120; ++period) {
    const Bytes plain = mixed_bytes(65536, period);
    Bytes out(plain.size());
    const std::uint32_t stored = compress_chunk(plain, out);
    EXPECT_LE(stored, plain.size() - plain.size() / 32);
    stored == 0 ? ++refused : ++kept;
  }
  EXPECT_GT(kept, 0u);
  EXPECT_GT(refused, 0u);
}

TEST(ChunkCodec, RefusesNoiseAndCrumbs) {
  Bytes out(1 << 20);
  EXPECT_EQ(compress_chunk(random_bytes(1 << 20), out), 0u);
  for (std::size_t size = 0; size < 13; ++size) EXPECT_EQ(compress_chunk(Bytes(size), out), 0u);
  EXPECT_EQ(compress_chunk(Bytes(4096), std::span(out).first(4095)), 0u);  // no room: no guess
}

TEST(ChunkCodec, DependsOnTheBytesAlone) {
  for (const std::size_t period : {2u, 20u, 30u, 31u, 32u, 33u, 34u}) {
    const Bytes plain = mixed_bytes(65536, period);
    Bytes first(plain.size());
    const std::uint32_t stored = compress_chunk(plain, first);
    Bytes roomy(plain.size() * 2);
    EXPECT_EQ(compress_chunk(mixed_bytes(4096, 3), roomy) > 0, true);  // leaves traces, if any
    ASSERT_EQ(compress_chunk(plain, roomy), stored);
    EXPECT_EQ(std::memcmp(first.data(), roomy.data(), stored), 0);
    std::jthread([&] { EXPECT_EQ(compress_chunk(plain, roomy), stored); }).join();
    EXPECT_EQ(std::memcmp(first.data(), roomy.data(), stored), 0);
  }
}

TEST(ChunkCodec, WritesNothingBehindThePlainLength) {
  const Bytes plain = mixed_bytes(65536, 2);
  Bytes out(plain.size() + 64, std::byte{0xA5});
  ASSERT_GT(compress_chunk(plain, out), 0u);
  for (std::size_t i = plain.size(); i < out.size(); ++i) ASSERT_EQ(out[i], std::byte{0xA5});
}

}  // namespace
}  // namespace tintype
