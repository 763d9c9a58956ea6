#include "hashing/crc32.h"

#include <array>

namespace tintype {
namespace {

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t value = 0; value < table.size(); ++value) {
    std::uint32_t remainder = value;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xEDB88320u : 0u);
    table[value] = remainder;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes) noexcept {
  std::uint32_t remainder = ~0u;
  for (const std::byte byte : bytes)
    remainder = (remainder >> 8) ^ kTable[(remainder ^ static_cast<std::uint32_t>(byte)) & 0xFF];
  return ~remainder;
}

}  // namespace tintype
