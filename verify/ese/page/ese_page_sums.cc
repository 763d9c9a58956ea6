#include "verify/ese/page/ese_page_sums.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>

#include "hashing/endian.h"
#include "hashing/zero_block.h"
#include "verify/ese/ese_header.h"

namespace tintype {
namespace {

// Where things stand in a page header (sections 2.1 and 2.2 of the format).
constexpr std::size_t kChecksumAt = 0;
constexpr std::size_t kDbtimeAt = 8;
constexpr std::size_t kObjidAt = 24;
constexpr std::size_t kFlagsAt = 36;
constexpr std::size_t kBlockChecksumsAt = 40;  // of blocks 1, 2, 3 of a large page
constexpr std::size_t kPageNumberAt = 64;      // large pages only
constexpr std::uint32_t kNewChecksumFormat = 0x2000;
constexpr std::uint32_t kFormatBit = kFlagsAt * 8 + 13;  // never corrected: it chooses the rule

constexpr std::uint32_t kSmallPageBytesMax = 8192;
constexpr std::uint32_t kLargePageBlocks = 4;

constexpr std::uint32_t blocks_of(std::uint32_t page_bytes) noexcept {
  return page_bytes <= kSmallPageBytesMax ? 1 : kLargePageBlocks;
}
constexpr std::uint32_t block_bytes_of(std::uint32_t page_bytes) noexcept {
  return page_bytes / blocks_of(page_bytes);
}

std::uint64_t stored_code(const EsePageSums& sums, std::uint32_t block) noexcept {
  return load_le<std::uint64_t>(
      sums.header, block == 0 ? kChecksumAt : kBlockChecksumsAt + 8 * std::size_t{block - 1});
}

// The checksum of block 0 is computed as if its own place were zero; the raw sums have it in, and
// taking it out is adding it once more.
std::uint64_t computed_code(const EsePageSums& sums, std::uint32_t block, std::uint32_t block_bytes,
                            std::uint32_t page_number) noexcept {
  EseBlockCode code = sums.codes[block];
  if (block == 0) code ^= ese_code_of_checksum(stored_code(sums, 0));
  return ese_stored_code(code, block_bytes, page_number);
}

std::uint32_t page_number_in_header(const EsePageSums& sums) noexcept {
  return load_le<std::uint32_t>(sums.header, kPageNumberAt);
}

// Flips a bit in the sums as if the page were at hand. `bit` is relative to the block.
void flip(EsePageSums& sums, std::uint32_t block, std::uint32_t bit) noexcept {
  sums.codes[block] ^= EseBlockCode{.x = 1u << (bit % 32), .l = bit};
  if (block == 0 && bit < 8 * EsePageSums::kHeaderBytes)
    sums.header[bit / 8] ^= std::byte{1} << (bit % 8);
}

// The one flipped bit of a block that explains the difference, if there is one.
struct FlippedBit {
  bool found = false;
  std::uint32_t bit = 0;
};

FlippedBit find_flipped_bit(std::uint64_t difference, std::uint32_t block,
                            std::uint32_t block_bytes) noexcept {
  const auto ecc = static_cast<std::uint32_t>(difference >> 32);
  const std::uint32_t mask = 8 * block_bytes - 1;
  if ((((ecc >> 16) ^ ecc) & mask) != mask) return {};
  if (std::popcount(static_cast<std::uint32_t>(difference)) != 1) return {};
  const std::uint32_t bit = ecc & 0xFFFF;
  if (bit > mask || (block == 0 && bit == kFormatBit)) return {};
  return {.found = true, .bit = bit};
}

// XOR32 of the whole page: all 32-bit words but the first, and the seed.
std::uint32_t xor32_of(const EsePageSums& sums) noexcept {
  std::uint32_t x = kEseMagic ^ load_le<std::uint32_t>(sums.header, 0);
  for (const EseBlockCode& code : sums.codes) x ^= code.x;
  return x;
}

// The rule of Exchange 5.5 to 2003: XOR32, and the page number beside it.
EsePageResult judge_old_format(const EsePageSums& sums, std::uint32_t page_number) noexcept {
  EsePageResult result{.dbtime = load_le<std::uint64_t>(sums.header, kDbtimeAt)};
  result.stored = load_le<std::uint64_t>(sums.header, kChecksumAt);
  result.computed = xor32_of(sums) | std::uint64_t{page_number} << 32;
  const std::uint64_t difference = result.stored ^ result.computed;
  result.verdict = difference == 0 ? PageVerdict::sound : PageVerdict::bad_checksum;
  if (difference != 0 && static_cast<std::uint32_t>(difference) == 0)
    result.likely_page_number = static_cast<std::uint32_t>(result.stored >> 32);
  return result;
}

// A page of another place: the position codes agree, and the XORs of all blocks differ by the same
// two page numbers. `differences` are stored ^ computed of all blocks.
std::uint32_t likely_page_number(std::span<const std::uint64_t> differences,
                                 std::uint32_t page_number) noexcept {
  if (differences[0] == 0 || differences[0] >> 32 != 0) return 0;
  for (const std::uint64_t difference : differences)
    if (difference != differences[0]) return 0;
  return static_cast<std::uint32_t>(differences[0]) ^ page_number;
}

void check_page_number(const EsePageSums& sums, std::uint32_t page_number,
                       EsePageResult& result) noexcept {
  if (page_number_in_header(sums) == page_number) return;
  result.verdict = PageVerdict::wrong_place;
  result.likely_page_number = page_number_in_header(sums);
}

// At least one block differs. Each block must be right or explained by one flipped bit, and after
// flipping those bits everything must be right; else the page is bad. Blocks are taken in order
// because a flip in block 0 may heal the stored checksum of a later one.
void judge_damaged(EsePageSums sums, std::uint32_t page_bytes, std::uint32_t page_number,
                   EsePageResult& result) noexcept {
  const std::uint32_t blocks = blocks_of(page_bytes);
  const std::uint32_t block_bytes = block_bytes_of(page_bytes);
  const auto difference = [&](std::uint32_t block) {
    return stored_code(sums, block) ^ computed_code(sums, block, block_bytes, page_number);
  };
  std::array<std::uint64_t, EsePageSums::kBlocksMax> differences{};
  for (std::uint32_t i = 0; i < blocks; ++i) differences[i] = difference(i);
  result.verdict = PageVerdict::bad_checksum;
  result.likely_page_number = likely_page_number(std::span(differences).first(blocks), page_number);

  std::optional<std::uint32_t> first_bit;
  for (std::uint32_t i = 0; i < blocks; ++i) {
    if (difference(i) == 0) continue;
    const auto [found, bit] = find_flipped_bit(difference(i), i, block_bytes);
    if (!found) return;
    flip(sums, i, bit);
    if (!first_bit) first_bit = i * block_bytes * 8 + bit;
  }
  for (std::uint32_t i = 0; i < blocks; ++i)
    if (difference(i) != 0) return;
  result.verdict = PageVerdict::correctable;
  result.bit = first_bit.value_or(0);
  // The engine checks a corrected page as if it had been read so.
  if (blocks > 1) check_page_number(sums, page_number, result);
}

}  // namespace

void EsePageSums::add(std::uint32_t page_bytes, std::uint32_t byte_offset,
                      std::span<const std::byte> bytes) noexcept {
  assert(byte_offset + bytes.size() <= page_bytes);
  const std::uint32_t block_bytes = block_bytes_of(page_bytes);
  if (byte_offset == 0 && bytes.size() >= kHeaderBytes)  // of 512 bytes or more, all of it
    std::memcpy(header.data(), bytes.data(), kHeaderBytes);
  bytes_seen += static_cast<std::uint32_t>(bytes.size());
  while (!bytes.empty()) {
    // The largest power of two that is aligned in the page, fits the block and is there.
    std::size_t size = std::min<std::size_t>(block_bytes, std::bit_floor(bytes.size()));
    if (byte_offset != 0) size = std::min<std::size_t>(size, byte_offset & (~byte_offset + 1));
    const auto piece = bytes.first(size);
    const EseBlockCode code = ese_block_code(piece);
    codes[byte_offset / block_bytes] ^= moved(code, byte_offset % block_bytes);
    // Data whose code is zero is rare, so the zero test runs on zeros only.
    if (!any_bit_set) any_bit_set = code != EseBlockCode{} || !is_zero(piece);
    byte_offset += static_cast<std::uint32_t>(size);
    bytes = bytes.subspan(size);
  }
}

void EsePageSums::merge(const EsePageSums& other) noexcept {
  for (std::size_t i = 0; i < kBlocksMax; ++i) codes[i] ^= other.codes[i];
  // Only one of the two has seen the header's bytes; in the other they are zero.
  for (std::size_t i = 0; i < kHeaderBytes; ++i) header[i] |= other.header[i];
  bytes_seen += other.bytes_seen;
  any_bit_set |= other.any_bit_set;
}

EsePageResult judge_ese_page(const EsePageSums& sums, std::uint32_t page_bytes,
                             std::uint32_t page_number) noexcept {
  if (!sums.any_bit_set) return {.verdict = PageVerdict::uninitialised};
  if ((load_le<std::uint32_t>(sums.header, kFlagsAt) & kNewChecksumFormat) == 0)
    return judge_old_format(sums, page_number);

  EsePageResult result{.dbtime = load_le<std::uint64_t>(sums.header, kDbtimeAt)};
  const std::uint32_t blocks = blocks_of(page_bytes);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    result.stored = stored_code(sums, i);
    result.computed = computed_code(sums, i, block_bytes_of(page_bytes), page_number);
    if (result.stored != result.computed) {
      judge_damaged(sums, page_bytes, page_number, result);
      return result;
    }
  }
  result.verdict = PageVerdict::sound;
  if (blocks > 1) check_page_number(sums, page_number, result);
  return result;
}

EsePageResult judge_ese_header_page(const EsePageSums& sums) noexcept {
  if (!sums.any_bit_set) return {.verdict = PageVerdict::uninitialised};
  EsePageResult result;
  result.stored = load_le<std::uint32_t>(sums.header, kChecksumAt);
  result.computed = xor32_of(sums);
  result.verdict =
      result.stored == result.computed ? PageVerdict::sound : PageVerdict::bad_checksum;
  return result;
}

bool looks_like_ese_trailer(const EsePageSums& sums) noexcept {
  return sums.any_bit_set && load_le<std::uint32_t>(sums.header, 4) == 0 &&
         load_le<std::uint64_t>(sums.header, kDbtimeAt) == 0 &&
         load_le<std::uint32_t>(sums.header, kObjidAt) == 0;
}

}  // namespace tintype
