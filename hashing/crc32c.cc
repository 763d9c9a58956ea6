#include "hashing/crc32c.h"

#include <array>

namespace tintype {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t value = 0; value < table.size(); ++value) {
    std::uint32_t remainder = value;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82F63B78u : 0u);
    table[value] = remainder;
  }
  return table;
}();

std::uint32_t extended(std::uint32_t remainder, std::span<const std::byte> bytes) noexcept {
  for (const std::byte byte : bytes)
    remainder = (remainder >> 8) ^ kTable[(remainder ^ static_cast<std::uint32_t>(byte)) & 0xFF];
  return remainder;
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  return ~extended(~0u, bytes);
}

std::uint32_t crc32c_without(std::span<const std::byte> bytes, std::size_t zeroed) noexcept {
  constexpr std::array<std::byte, 4> kZeros{};
  std::uint32_t remainder = extended(~0u, bytes.first(zeroed));
  remainder = extended(remainder, kZeros);
  return ~extended(remainder, bytes.subspan(zeroed + kZeros.size()));
}

}  // namespace tintype
