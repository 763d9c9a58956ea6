#include "hashing/xxh3.h"

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // redefines XXH3_* as their dispatching forms
#endif

#include <cstdio>
#include <new>

namespace tintype {

Digest128 xxh3_128(std::span<const std::byte> bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.low = hash.low64, .high = hash.high64};
}

std::uint64_t xxh3_64(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t xxh3_64_of(const Digest128& digest, std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t kShortInputBytesMax = 240;  // XXH3_MIDSIZE_MAX
  return bytes.size() > kShortInputBytesMax ? digest.low : xxh3_64(bytes);
}

Xxh3Stream::Xxh3Stream() : state_(XXH3_createState()) {
  if (state_ == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_.get()));
}

void Xxh3Stream::update(std::span<const std::byte> bytes) noexcept {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_.get()), bytes.data(), bytes.size());
}

Digest128 Xxh3Stream::digest() const noexcept {
  const XXH128_hash_t hash = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_.get()));
  return {.low = hash.low64, .high = hash.high64};
}

void Xxh3Stream::Free::operator()(void* state) const noexcept {
  XXH3_freeState(static_cast<XXH3_state_t*>(state));
}

std::uint32_t xxh32(std::span<const std::byte> bytes) noexcept {
  return XXH32(bytes.data(), bytes.size(), 0);
}

std::string to_hex(const Digest128& digest) {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(digest.high),
                static_cast<unsigned long long>(digest.low));
  return text;
}

}  // namespace tintype
