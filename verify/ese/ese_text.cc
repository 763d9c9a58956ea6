#include "verify/ese/ese_text.h"

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

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

}  // namespace

std::string to_text(const LgPos& position) {
  return fmt::format("(0x{:X},{:X},{:X})", static_cast<std::uint32_t>(position.generation.value()),
                     position.sector.value(), position.byte.value());
}

std::string to_text(const LogTime& time) {
  return without_zone(time) + ((time.utc_and_ms & 1) != 0 ? " UTC" : " LOC");
}

std::string path_text(std::span<const char> field) {
  std::string text;
  for (const char c : field) {
    if (c == '\0') break;
    text += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  }
  return text;
}

std::string to_text(const Signature& signature) {
  return fmt::format("Create time:{} Rand:{} Computer:{}", without_zone(signature.creation),
                     signature.random.value(), path_text(signature.computer_name));
}

std::string generations_text(std::uint32_t low, std::uint32_t high) {
  return fmt::format("{}-{} (0x{:x}-0x{:x})", low, high, low, high);
}

std::string signature_hex(const Signature& signature) {
  return hex(std::as_bytes(std::span(&signature, 1)));
}

std::string log_time_hex(const LogTime& time) {
  return time.is_set() ? hex(std::as_bytes(std::span(&time, 1))) : std::string();
}

}  // namespace tintype
