#include "verify/ese_text.h"

#include <fmt/format.h>

#include <cctype>

namespace tintype {
namespace {

unsigned milliseconds(const LogTime& time) noexcept {
  return (time.utc_and_ms >> 1) | ((time.ms_high >> 1) & 7u) << 7;
}

std::string without_zone(const LogTime& time) {
  return fmt::format("{:02}/{:02}/{:04} {:02}:{:02}:{:02}.{:03}", time.month, time.day,
                     time.year + 1900, time.hour, time.minute, time.second, milliseconds(time));
}

}  // namespace

std::string to_text(const LgPos& position) {
  return fmt::format("(0x{:X},{:X},{:X})", static_cast<std::uint32_t>(position.generation.value()),
                     position.sector.value(), position.byte.value());
}

std::string to_text(const LogTime& time) {
  return without_zone(time) + ((time.utc_and_ms & 1) != 0 ? " UTC" : " LOC");
}

std::string to_text(const Signature& signature) {
  // The name comes from disk: it may lack its end, and hold anything.
  std::string computer;
  for (const char c : signature.computer_name) {
    if (c == '\0') break;
    computer += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  }
  return fmt::format("Create time:{} Rand:{} Computer:{}", without_zone(signature.creation),
                     signature.random.value(), computer);
}

std::string generations_text(std::uint32_t low, std::uint32_t high) {
  return fmt::format("{}-{} (0x{:x}-0x{:x})", low, high, low, high);
}

}  // namespace tintype
