// Numbers as people read and write them. Printed sizes are IEC and always carry their unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tintype {

// "1MiB", "1M", "1024k", "1048576": bare suffixes and …iB are powers of 1024, kB MB GB TB of 1000.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

// "200MiB/s", "1GB/s": unlike a size, a rate needs its unit, for "200" has meant bits, bytes and
// KiB in other programs. "0" and "none" are 0: no limit.
[[nodiscard]] std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept;

[[nodiscard]] std::string bytes_text(std::uint64_t bytes);  // "0 B", "1.21 GiB"
// "12.3 of 26.1 GiB": both in the unit of the second.
[[nodiscard]] std::string bytes_of_text(std::uint64_t done, std::uint64_t total);
[[nodiscard]] std::string limit_text(std::uint64_t bytes_per_second);      // "50 MiB/s", 0: "none"
[[nodiscard]] std::string rate_text(std::uint64_t bytes, double seconds);  // "1210 MiB/s"
[[nodiscard]] std::string duration_text(double seconds);  // "2.4 s", "3:05 min", "1:02:03 h"

}  // namespace tintype
