#include "io/utf16.h"

#include <cstdint>

#include "hashing/endian.h"

namespace tintype {

std::string utf8_from_utf16(std::span<const std::byte> utf16) {
  std::string out;
  const std::size_t units = utf16.size() / 2;
  out.reserve(units);
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    return load_le<std::uint16_t>(utf16, i * 2);
  };
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  for (std::size_t i = 0; i < units; ++i) {
    std::uint32_t code = unit(i);
    if (code >= 0xD800 && code < 0xE000) {
      const bool pair =
          code < 0xDC00 && i + 1 < units && unit(i + 1) >= 0xDC00 && unit(i + 1) < 0xE000;
      code = pair ? 0x10000 + ((code - 0xD800) << 10) + (unit(++i) - 0xDC00) : 0xFFFD;
    }
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    }
  }
  return out;
}

}  // namespace tintype
