// The ESE block code with AVX2 and AVX-512. It gives what the portable tier defines, at the speed
// of a copy.
//
// L is a number, and each of its bits is a parity: bit k says whether an odd number of set bits
// stand at places whose number has bit k set. For the bits of the row number (a row is a vector)
// that is the parity of the XOR of all rows whose number has bit k set. Those XORs are had as in
// a binary counter: rows are added in pairs, the odd one of each pair goes into the sum of bit 0
// as well; the pairs are added in pairs, the odd one goes into the sum of bit 1; and so on. Two
// XORs a row, no matter how many bits, and only one parity per bit at the end of the block.
//
// Rows are taken in groups of 512 bytes (4096 bits: bits 0-11 of L), up to 16 of them (bits
// 12-15). The bits below the row number come out of the sum of all rows: the parities of its
// 32-bit lanes, and X.
#include "verify/ese/page/ese_block_code_x86.h"

#if defined(__x86_64__)

// g++ 12 takes the undefined pass-through operand in its own header for a mistake (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include "hashing/cpu_features.h"

#define TINTYPE_AVX2 [[gnu::target("avx2,popcnt")]]
#define TINTYPE_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")]]

namespace tintype::detail {
namespace {

constexpr std::size_t kGroupBytes = 512;

// XOR of the numbers of the set bits of `word`; with the popcnt instruction.
[[gnu::target("popcnt")]] inline std::uint32_t bit_numbers_of(std::uint32_t word) noexcept {
  const auto odd = [](std::uint32_t bits) __attribute__((target("popcnt"))) {
    return static_cast<std::uint32_t>(__builtin_popcount(bits)) & 1u;
  };
  return odd(word & 0xAAAAAAAA) | odd(word & 0xCCCCCCCC) << 1 | odd(word & 0xF0F0F0F0) << 2 |
         odd(word & 0xFF00FF00) << 3 | odd(word & 0xFFFF0000) << 4;
}

// ---- AVX2: a group is 16 rows of 32 bytes ----

struct Sums256 {
  __m256i row_bit[4];    // rows whose number in the group has bit k set: L bits 8-11
  __m256i group_bit[4];  // groups whose number has bit k set: L bits 12-15
  __m256i total;
};

TINTYPE_AVX2 inline __m256i row256(const std::byte* at, std::size_t row) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at) + row);
}

TINTYPE_AVX2 inline __m256i add(__m256i a, __m256i b) noexcept {
  return _mm256_xor_si256(a, b);
}

// Eight rows: their sum is returned, the sums of bits 0-2 grow.
TINTYPE_AVX2 inline __m256i eight_rows(const std::byte* at, __m256i* bits) noexcept {
  const __m256i r1 = row256(at, 1), r3 = row256(at, 3), r5 = row256(at, 5), r7 = row256(at, 7);
  bits[0] = add(bits[0], add(add(r1, r3), add(r5, r7)));
  const __m256i s01 = add(row256(at, 0), r1), s23 = add(row256(at, 2), r3);
  const __m256i s45 = add(row256(at, 4), r5), s67 = add(row256(at, 6), r7);
  bits[1] = add(bits[1], add(s23, s67));
  const __m256i s4567 = add(s45, s67);
  bits[2] = add(bits[2], s4567);
  return add(add(s01, s23), s4567);
}

template <std::size_t kGroups>
TINTYPE_AVX2 inline Sums256 sums256(const std::byte* data) noexcept {
  const __m256i zero = _mm256_setzero_si256();
  __m256i bits[4] = {zero, zero, zero, zero};
  __m256i group[kGroups];
  for (std::size_t g = 0; g < kGroups; ++g) {
    const std::byte* at = data + g * kGroupBytes;
    const __m256i low = eight_rows(at, bits);
    const __m256i high = eight_rows(at + 8 * 32, bits);
    bits[3] = add(bits[3], high);
    group[g] = add(low, high);
  }
  Sums256 sums{{bits[0], bits[1], bits[2], bits[3]}, {zero, zero, zero, zero}, zero};
  std::size_t k = 0;
  for (std::size_t pairs = kGroups / 2; pairs != 0; pairs /= 2, ++k) {
    for (std::size_t i = 0; i < pairs; ++i) {
      sums.group_bit[k] = add(sums.group_bit[k], group[2 * i + 1]);
      group[i] = add(group[2 * i], group[2 * i + 1]);
    }
  }
  sums.total = group[0];
  return sums;
}

// Bit i of the answer: parity of 32-bit lane i.
TINTYPE_AVX2 inline std::uint32_t lane_parities(__m256i v) noexcept {
  v = add(v, _mm256_srli_epi32(v, 16));
  v = add(v, _mm256_srli_epi32(v, 8));
  v = add(v, _mm256_srli_epi32(v, 4));
  v = add(v, _mm256_srli_epi32(v, 2));
  v = add(v, _mm256_srli_epi32(v, 1));
  return static_cast<std::uint32_t>(
      _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(v, 31))));
}

// Two vectors in, each folded to 64 bits a half: a, b, a, b.
TINTYPE_AVX2 inline __m256i fold_two(__m256i a, __m256i b) noexcept {
  return add(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
}

// Bit i of the answer: parity of the whole of vector i.
TINTYPE_AVX2 inline std::uint32_t vector_parities(const __m256i* a, const __m256i* b) noexcept {
  const __m256i a01 = fold_two(a[0], a[1]), a23 = fold_two(a[2], a[3]);
  const __m256i b01 = fold_two(b[0], b[1]), b23 = fold_two(b[2], b[3]);
  __m256i first = add(_mm256_permute2x128_si256(a01, b01, 0x20),
                      _mm256_permute2x128_si256(a01, b01, 0x31));  // a0 a1 b0 b1
  __m256i second = add(_mm256_permute2x128_si256(a23, b23, 0x20),
                       _mm256_permute2x128_si256(a23, b23, 0x31));  // a2 a3 b2 b3
  first = add(first, _mm256_srli_epi64(first, 32));
  second = add(second, _mm256_srli_epi64(second, 32));
  return lane_parities(_mm256_castps_si256(_mm256_shuffle_ps(
      _mm256_castsi256_ps(first), _mm256_castsi256_ps(second), _MM_SHUFFLE(2, 0, 2, 0))));
}

template <std::size_t kGroups>
TINTYPE_AVX2 EseBlockCode code256(const std::byte* data) noexcept {
  const Sums256 sums = sums256<kGroups>(data);
  const __m128i half =
      _mm_xor_si128(_mm256_castsi256_si128(sums.total), _mm256_extracti128_si256(sums.total, 1));
  const std::uint64_t quarter = static_cast<std::uint64_t>(_mm_cvtsi128_si64(half)) ^
                                static_cast<std::uint64_t>(_mm_extract_epi64(half, 1));
  EseBlockCode code;
  code.x = static_cast<std::uint32_t>(quarter) ^ static_cast<std::uint32_t>(quarter >> 32);
  code.l = bit_numbers_of(code.x) | bit_numbers_of(lane_parities(sums.total)) << 5 |
           vector_parities(sums.row_bit, sums.group_bit) << 8;
  return code;
}

// ---- AVX-512: a group is 8 rows of 64 bytes ----

TINTYPE_AVX512 inline __m512i row512(const std::byte* at, std::size_t row) noexcept {
  return _mm512_loadu_si512(reinterpret_cast<const __m512i*>(at) + row);
}

TINTYPE_AVX512 inline __m512i add(__m512i a, __m512i b) noexcept {
  return _mm512_xor_si512(a, b);
}

// The sum of three in one instruction: the table of a ^ b ^ c is 0x96.
TINTYPE_AVX512 inline __m512i add(__m512i a, __m512i b, __m512i c) noexcept {
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

// Two vectors in, each folded to 64 bits a quarter: a, b, a, b, a, b, a, b.
TINTYPE_AVX512 inline __m512i fold_two(__m512i a, __m512i b) noexcept {
  return add(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// Quarters (q0 ^ q1, q2 ^ q3) of a, then those of b.
TINTYPE_AVX512 inline __m512i fold_quarters(__m512i a, __m512i b) noexcept {
  return add(_mm512_shuffle_i64x2(a, b, _MM_SHUFFLE(2, 0, 2, 0)),
             _mm512_shuffle_i64x2(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
}

// Bit i of the answer: parity of the whole of vector i.
TINTYPE_AVX512 inline std::uint32_t vector_parities(const __m512i* v) noexcept {
  const __m512i low = fold_quarters(fold_two(v[0], v[1]), fold_two(v[2], v[3]));
  const __m512i high = fold_quarters(fold_two(v[4], v[5]), fold_two(v[6], v[7]));
  __m512i lanes = fold_quarters(low, high);
  lanes = add(lanes, _mm512_srli_epi64(lanes, 32));
  lanes = add(lanes, _mm512_srli_epi64(lanes, 16));
  lanes = add(lanes, _mm512_srli_epi64(lanes, 8));
  lanes = add(lanes, _mm512_srli_epi64(lanes, 4));
  lanes = add(add(lanes, _mm512_srli_epi64(lanes, 1), _mm512_srli_epi64(lanes, 2)),
              _mm512_srli_epi64(lanes, 3));
  return _mm512_test_epi64_mask(lanes, _mm512_set1_epi64(1));
}

// Bit i of the answer: parity of 32-bit lane i.
TINTYPE_AVX512 inline std::uint32_t lane_parities(__m512i v) noexcept {
  v = add(v, _mm512_srli_epi32(v, 16));
  v = add(v, _mm512_srli_epi32(v, 8));
  v = add(v, _mm512_srli_epi32(v, 4));
  v = add(v, _mm512_srli_epi32(v, 2));
  v = add(v, _mm512_srli_epi32(v, 1));
  return _mm512_test_epi32_mask(v, _mm512_set1_epi32(1));
}

// The eight rows of a group: their sum is returned, the sums of row bits 0-2 grow.
TINTYPE_AVX512 inline __m512i group_of_rows(const std::byte* at, __m512i* bits) noexcept {
  const __m512i r1 = row512(at, 1), r3 = row512(at, 3), r5 = row512(at, 5), r7 = row512(at, 7);
  bits[0] = add(add(bits[0], r1, r3), r5, r7);
  const __m512i s23 = add(row512(at, 2), r3), s67 = add(row512(at, 6), r7);
  bits[1] = add(bits[1], s23, s67);
  const __m512i s4567 = add(row512(at, 4), r5, s67);
  bits[2] = add(bits[2], s4567);
  return add(add(row512(at, 0), r1, s23), s4567);
}

// The sum of kGroups groups; the sums of the group numbers' bits grow behind those of the rows.
// Written as a recursion so that all sums stay in registers: there are 32.
template <std::size_t kGroups>
TINTYPE_AVX512 [[gnu::always_inline]] inline __m512i sum_of_groups(const std::byte* at,
                                                                   __m512i* bits) noexcept {
  constexpr std::size_t kQuarter = kGroups / 4 * kGroupBytes;
  if constexpr (kGroups == 1) {
    return group_of_rows(at, bits);
  } else if constexpr (kGroups == 2) {
    const __m512i even = group_of_rows(at, bits), odd = group_of_rows(at + kGroupBytes, bits);
    bits[3] = add(bits[3], odd);
    return add(even, odd);
  } else {
    constexpr std::size_t kBit = 3 + (kGroups == 4 ? 0 : kGroups == 8 ? 1 : 2);
    const __m512i q0 = sum_of_groups<kGroups / 4>(at, bits);
    const __m512i q1 = sum_of_groups<kGroups / 4>(at + kQuarter, bits);
    const __m512i q2 = sum_of_groups<kGroups / 4>(at + 2 * kQuarter, bits);
    const __m512i q3 = sum_of_groups<kGroups / 4>(at + 3 * kQuarter, bits);
    bits[kBit] = add(bits[kBit], q1, q3);
    const __m512i s23 = add(q2, q3);
    bits[kBit + 1] = add(bits[kBit + 1], s23);
    return add(q0, q1, s23);
  }
}

template <std::size_t kGroups>
TINTYPE_AVX512 EseBlockCode code512(const std::byte* data) noexcept {
  const __m512i zero = _mm512_setzero_si512();
  // Sums of the rows with bit 0, 1, 2 of their number set, then of the groups with bit 0 … 3.
  __m512i bits[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
  const __m512i total = sum_of_groups<kGroups>(data, bits);
  const __m256i half =
      _mm256_xor_si256(_mm512_castsi512_si256(total), _mm512_extracti64x4_epi64(total, 1));
  const __m128i quarter =
      _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  const std::uint64_t eighth = static_cast<std::uint64_t>(_mm_cvtsi128_si64(quarter)) ^
                               static_cast<std::uint64_t>(_mm_extract_epi64(quarter, 1));
  EseBlockCode code;
  code.x = static_cast<std::uint32_t>(eighth) ^ static_cast<std::uint32_t>(eighth >> 32);
  code.l = bit_numbers_of(code.x) | bit_numbers_of(lane_parities(total)) << 5 |
           vector_parities(bits) << 9;
  return code;
}

}  // namespace

bool avx2_usable() noexcept {
  return cpu_features().avx2;
}
bool avx512_usable() noexcept {
  return cpu_features().avx512;
}

TINTYPE_AVX2 EseBlockCode ese_block_code_avx2(const std::byte* data, std::size_t size) noexcept {
  switch (size / kGroupBytes) {
    case 1:
      return code256<1>(data);
    case 2:
      return code256<2>(data);
    case 4:
      return code256<4>(data);
    case 8:
      return code256<8>(data);
    default:
      return code256<16>(data);
  }
}

TINTYPE_AVX512 EseBlockCode ese_block_code_avx512(const std::byte* data,
                                                  std::size_t size) noexcept {
  switch (size / kGroupBytes) {
    case 1:
      return code512<1>(data);
    case 2:
      return code512<2>(data);
    case 4:
      return code512<4>(data);
    case 8:
      return code512<8>(data);
    default:
      return code512<16>(data);
  }
}

}  // namespace tintype::detail

#endif
