// Values of ESE headers as eseutil prints them.
#pragma once

#include <span>
#include <string>

#include "verify/ese/ese_header.h"

namespace tintype {

[[nodiscard]] std::string to_text(const LgPos& position);       // (0x5C,1A,2B)
[[nodiscard]] std::string to_text(const LogTime& time);         // 03/18/2013 18:47:26.859 UTC
[[nodiscard]] std::string to_text(const Signature& signature);  // Create time:… Rand:… Computer:…
// 56 hexadecimal digits: all of it, to be compared and kept.
[[nodiscard]] std::string signature_hex(const Signature& signature);
[[nodiscard]] std::string log_time_hex(const LogTime& time);  // 16 digits; "" if it is not set
// A name in a fixed field of a header: up to its end, and without what cannot be printed.
[[nodiscard]] std::string path_text(std::span<const char> field);
// "92-93 (0x5c-0x5d)"
[[nodiscard]] std::string generations_text(std::uint32_t low, std::uint32_t high);

}  // namespace tintype
