#include "engine/image/chunk_codec.h"

#include <lz4.h>

namespace tintype {
namespace {

// Below this gain a chunk is stored plain. Reading a plain chunk back needs no decompression, and
// the record and its padding take 2 KiB on average, which is what 3 % of the smallest chunk saves.
constexpr std::size_t kGainDivisor = 32;

// Levels of LZ4: 1 is the library's default. Chunks that do not compress are left after a glance
// at any level, because LZ4 strides faster the longer it finds nothing.
constexpr int kAcceleration = 1;

}  // namespace

std::uint32_t compress_chunk(std::span<const std::byte> plain, std::span<std::byte> out) noexcept {
  // 16 KiB of hash table a thread; LZ4 clears it at each call, so no chunk sees the one before it.
  thread_local LZ4_stream_t state;

  const std::size_t worth_it_bytes_max =
      plain.size() - (plain.size() + kGainDivisor - 1) / kGainDivisor;
  if (plain.size() > LZ4_MAX_INPUT_SIZE || out.size() < plain.size()) return 0;
  // Always the same capacity, never out.size(): LZ4's bounds checks are coarse near the end of the
  // target, and so a roomier target could turn a "no" into a "yes".
  const int stored_bytes = LZ4_compress_fast_extState(
      &state, reinterpret_cast<const char*>(plain.data()), reinterpret_cast<char*>(out.data()),
      static_cast<int>(plain.size()), static_cast<int>(worth_it_bytes_max), kAcceleration);
  return stored_bytes > 0 ? static_cast<std::uint32_t>(stored_bytes) : 0;
}

}  // namespace tintype
