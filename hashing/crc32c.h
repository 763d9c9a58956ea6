// CRC-32C (Castagnoli: reflected, polynomial 0x82F63B78), as VHDX sums up its structures. For
// metadata: a table lookup a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tintype {
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;
// The same, as if the four bytes at `zeroed` were zeros: where a structure holds its own sum.
[[nodiscard]] std::uint32_t crc32c_without(std::span<const std::byte> bytes,
                                           std::size_t zeroed) noexcept;
}  // namespace tintype
