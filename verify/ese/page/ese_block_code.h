// The ESE block code: 32 bits of XOR and a position code that locates one flipped bit.
// Source: shared facts of ESE, section 3.3; Microsoft Extensible-Storage-Engine,
// dev/ese/src/checksum/checksum.cxx.
//
// For a block of cb bytes (a power of two) number its bits 0 … 8*cb-1 (byte index * 8 + bit).
//   X = XOR of all 32-bit words
//   L = XOR of the numbers of all set bits
//   H = XOR of the complements of those numbers = L if X has even parity, L ^ (8*cb-1) if odd
//   on disk: X ^ page number, then (H << 16) | L
// Both X and L are linear (code(a ^ b) = code(a) ^ code(b)), and a piece's contribution depends on
// the place only through the parity of its X. So pieces of a block can be coded apart, in any
// order, and put together with XOR: that is how a page split over distant extents is checked
// without keeping its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tintype {

struct EseBlockCode {
  std::uint32_t x = 0;
  std::uint32_t l = 0;  // bit numbers relative to the start of the coded bytes
  EseBlockCode& operator^=(const EseBlockCode& other) noexcept {
    x ^= other.x;
    l ^= other.l;
    return *this;
  }
  bool operator==(const EseBlockCode&) const = default;
};

// The code of `bytes`: a power of two from 512 to 8192. No alignment is needed.
[[nodiscard]] EseBlockCode ese_block_code(std::span<const std::byte> bytes) noexcept;

// The contribution of a piece that starts `byte_offset` into its block. The offset is a multiple
// of the piece's size, which is a power of two.
[[nodiscard]] EseBlockCode moved(const EseBlockCode& piece, std::uint32_t byte_offset) noexcept;

// The code of the 8 bytes of a stored checksum at the start of a block: what a code that has them
// in differs by from one that takes them as zero.
[[nodiscard]] EseBlockCode ese_code_of_checksum(std::uint64_t checksum) noexcept;

// The 64-bit value as stored: ECC in the high half, X ^ page_number in the low half.
[[nodiscard]] std::uint64_t ese_stored_code(const EseBlockCode& code, std::uint32_t block_bytes,
                                            std::uint32_t page_number) noexcept;

using EseBlockCodeFn = EseBlockCode (*)(const std::byte* data, std::size_t size) noexcept;
struct EseBlockCodeTier {
  const char* name;  // "avx512", "avx2", "portable"
  bool (*usable)() noexcept;
  EseBlockCodeFn code;
};
// Best first; the last one is portable, written to be read, and the definition.
[[nodiscard]] std::span<const EseBlockCodeTier> ese_block_code_tiers() noexcept;

}  // namespace tintype
