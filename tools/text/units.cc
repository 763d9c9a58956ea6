#include "tools/text/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tintype {
namespace {

constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
constexpr double kMiB = 1024.0 * 1024.0;

std::size_t unit_of(std::uint64_t bytes) noexcept {
  std::size_t unit = 0;
  for (double rest = static_cast<double>(bytes); rest >= 1023.95; rest /= 1024) ++unit;
  return unit;
}

// Three digits that matter.
std::string number_in(std::uint64_t bytes, std::size_t unit) {
  if (unit == 0) return fmt::format("{}", bytes);
  const double value = static_cast<double>(bytes) / std::pow(1024.0, static_cast<double>(unit));
  if (value == std::floor(value) && value < 1024) return fmt::format("{:.0f}", value);
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The factor of a suffix: "", "k", "KiB", "kB", "B"…
std::optional<std::uint64_t> factor_of(std::string_view suffix) noexcept {
  if (suffix.empty() || suffix == "B" || suffix == "b") return 1;
  const auto power = std::string_view("kmgt").find(lower(suffix.front()));
  if (power == std::string_view::npos) return std::nullopt;
  suffix.remove_prefix(1);
  std::uint64_t base = 1024;
  if (suffix == "B")
    base = 1000;
  else if (!suffix.empty() && suffix != "i" && suffix != "iB" && suffix != "ib")
    return std::nullopt;
  std::uint64_t factor = base;
  for (std::size_t i = 0; i < power; ++i) factor *= base;
  return factor;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc()) return std::nullopt;
  std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  if (suffix.starts_with(' ')) suffix.remove_prefix(1);
  const auto factor = factor_of(suffix);
  if (!factor || number > std::numeric_limits<std::uint64_t>::max() / *factor) return std::nullopt;
  return number * *factor;
}

std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept {
  if (text == "0" || text == "none") return 0;
  if (!text.ends_with("/s")) return std::nullopt;
  text.remove_suffix(2);
  if (text.find_first_not_of("0123456789 ") == std::string_view::npos) return std::nullopt;
  const auto bytes = parse_size(text);
  return bytes && *bytes > 0 ? bytes : std::nullopt;
}

std::string bytes_text(std::uint64_t bytes) {
  const std::size_t unit = unit_of(bytes);
  return fmt::format("{} {}", number_in(bytes, unit), kUnits[unit]);
}

std::string bytes_of_text(std::uint64_t done, std::uint64_t total) {
  const std::size_t unit = unit_of(total);
  return fmt::format("{} of {} {}", number_in(done, unit), number_in(total, unit), kUnits[unit]);
}

std::string limit_text(std::uint64_t bytes_per_second) {
  return bytes_per_second == 0 ? "none" : bytes_text(bytes_per_second) + "/s";
}

std::string rate_text(std::uint64_t bytes, double seconds) {
  if (!(seconds > 0)) return "- MiB/s";
  const double rate = static_cast<double>(bytes) / kMiB / seconds;
  return fmt::format("{:.{}f} MiB/s", rate, rate < 9.95 ? 1 : 0);
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0)) return "-";
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02} h", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace tintype
