#include "hashing/zero_block.h"

#include <algorithm>
#include <cstring>

namespace tintype {

// A block is all zero if its first byte is zero and it equals itself shifted by one byte; memcmp
// is the C library's vector code. Past a prefix check in registers, 4 KiB at a time: the two
// operands then stay in the first-level cache.
bool is_zero(std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t kPieceBytes = 4096;
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kPieceBytes);
    if (bytes[0] != std::byte{0}) return false;
    if (std::memcmp(bytes.data(), bytes.data() + 1, size - 1) != 0) return false;
    bytes = bytes.subspan(size);
  }
  return true;
}

}  // namespace tintype
