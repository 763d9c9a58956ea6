#include "verify/ese/page/ese_block_code.h"

#include <array>
#include <bit>
#include <cassert>

#include "hashing/endian.h"
#include "verify/ese/page/ese_block_code_x86.h"

namespace tintype {
namespace {

// Whether an odd number of bits is set. The oldest x86-64 has no instruction that counts them, and
// this is asked of each page several times.
constexpr bool is_odd(std::uint32_t word) noexcept {
  word ^= word >> 16;
  word ^= word >> 8;
  word ^= word >> 4;
  return (0x6996u >> (word & 15) & 1) != 0;  // bit i of the table: the answer for i
}

// XOR of the numbers (0 … 31) of the set bits of a word: bit k of the answer says whether an odd
// number of set bits stand at places whose own number has bit k set.
std::uint32_t bit_numbers_of(std::uint32_t word) noexcept {
  constexpr std::array<std::uint32_t, 5> kPlacesWithBit = {0xAAAAAAAA, 0xCCCCCCCC, 0xF0F0F0F0,
                                                           0xFF00FF00, 0xFFFF0000};
  std::uint32_t numbers = 0;
  for (std::uint32_t k = 0; k < 5; ++k)
    numbers |= std::uint32_t{is_odd(word & kPlacesWithBit[k])} << k;
  return numbers;
}

// The definition, with two steps saved. The number of a bit is word index * 32 + its place in the
// word. The place part of L depends only on how often each place was set, and that is X. The index
// part of a word cancels itself unless the word has an odd number of set bits.
EseBlockCode code_portable(const std::byte* data, std::size_t size) noexcept {
  EseBlockCode code;
  std::uint32_t odd_words = 0;
  for (std::uint32_t i = 0; i < size / 4; ++i) {
    Le<std::uint32_t> on_disk;
    std::memcpy(&on_disk, data + std::size_t{i} * 4, sizeof on_disk);
    const std::uint32_t word = on_disk;
    code.x ^= word;
    if (is_odd(word)) odd_words ^= i;
  }
  code.l = (odd_words * 32) ^ bit_numbers_of(code.x);
  return code;
}

constexpr std::array kTiers = {
#if defined(__x86_64__)
    EseBlockCodeTier{"avx512", detail::avx512_usable, detail::ese_block_code_avx512},
    EseBlockCodeTier{"avx2", detail::avx2_usable, detail::ese_block_code_avx2},
#endif
    EseBlockCodeTier{"portable", []() noexcept { return true; }, code_portable},
};

EseBlockCodeFn best_tier() noexcept {
  for (const EseBlockCodeTier& tier : kTiers)
    if (tier.usable()) return tier.code;
  return code_portable;
}

}  // namespace

std::span<const EseBlockCodeTier> ese_block_code_tiers() noexcept {
  return kTiers;
}

EseBlockCode ese_block_code(std::span<const std::byte> bytes) noexcept {
  static const EseBlockCodeFn code = best_tier();
  assert(std::has_single_bit(bytes.size()) && bytes.size() >= 512 && bytes.size() <= 8192);
  return code(bytes.data(), bytes.size());
}

EseBlockCode moved(const EseBlockCode& piece, std::uint32_t byte_offset) noexcept {
  // Every set bit's number grows by 8 * byte_offset, a number that has no bit in common with the
  // numbers inside the piece; an even count of set bits cancels it.
  EseBlockCode at_its_place = piece;
  if (is_odd(piece.x)) at_its_place.l ^= byte_offset * 8;
  return at_its_place;
}

EseBlockCode ese_code_of_checksum(std::uint64_t checksum) noexcept {
  const auto low = static_cast<std::uint32_t>(checksum);
  const auto high = static_cast<std::uint32_t>(checksum >> 32);  // word 1: numbers from 32 on
  EseBlockCode code{.x = low ^ high};
  code.l = bit_numbers_of(code.x) | std::uint32_t{is_odd(high)} << 5;
  return code;
}

std::uint64_t ese_stored_code(const EseBlockCode& code, std::uint32_t block_bytes,
                              std::uint32_t page_number) noexcept {
  const std::uint32_t h = code.l ^ (is_odd(code.x) ? 8 * block_bytes - 1 : 0);
  const std::uint32_t ecc = (h << 16) | code.l;
  return (std::uint64_t{ecc} << 32) | (code.x ^ page_number);
}

}  // namespace tintype
