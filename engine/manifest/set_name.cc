#include "engine/manifest/set_name.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "hashing/xxh3.h"
#include "io/invariant.h"

namespace tintype {
namespace {

constexpr std::size_t kNameBytesMax = 200;  // leaves room for suffixes under the usual 255
static_assert(kVolumeNameBytesMax + std::string_view("-9999").size() + kImageSuffix.size() <=
              kNameBytesMax);

bool is_ascii_safe(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::string to_plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) name += is_ascii_safe(c) ? c : '-';
  const auto first = name.find_first_not_of(".-");
  name.erase(0, std::min(first, name.size()));
  return name.empty() ? "unnamed" : shortened_name(name, kNameBytesMax);
}

std::string shortened_name(std::string_view name, std::size_t bytes_max) {
  if (name.size() <= bytes_max) return std::string(name);
  constexpr std::size_t kExtensionBytesMax = 16, kDigits = 8;
  const auto dot = name.rfind('.');
  std::string_view extension;
  if (dot != std::string_view::npos && name.size() - dot <= kExtensionBytesMax)
    extension = name.substr(dot);
  const std::string digits = to_hex(xxh3_128(std::as_bytes(std::span(name)))).substr(0, kDigits);
  invariant(bytes_max > kExtensionBytesMax + kDigits + 1, "room for what tells names apart");
  const std::size_t head = bytes_max - extension.size() - kDigits - 1;
  return fmt::format("{}-{}{}", name.substr(0, head), digits, extension);
}

bool is_plain_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kNameBytesMax || name.front() == '.' || name.front() == '-')
    return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == ':';
  });
}

std::string make_set_name(std::chrono::system_clock::time_point started, std::string_view host,
                          BackupType type) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}-{}-{}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(started)),
                     name_part_of_host(host), to_string(type));
}

std::string name_part_of_host(std::string_view host) {
  return to_plain_name(host.substr(0, 64));
}

std::optional<SetNameFacts> parse_set_name(std::string_view name) {
  constexpr std::size_t kTimeChars = 16;  // 20261122T181500Z
  if (name.size() <= kTimeChars || name[kTimeChars] != '-') return std::nullopt;
  const std::string_view time = name.substr(0, kTimeChars);
  const auto started = parse_utc_text(
      fmt::format("{}-{}-{}T{}:{}:{}Z", time.substr(0, 4), time.substr(4, 2), time.substr(6, 2),
                  time.substr(9, 2), time.substr(11, 2), time.substr(13, 2)));
  if (!started || time[8] != 'T' || time[15] != 'Z') return std::nullopt;
  std::string_view rest = name.substr(kTimeChars + 1);
  // "-2" behind it: the second of the same second.
  if (const auto dash = rest.rfind('-');
      dash != std::string_view::npos && dash + 1 < rest.size() &&
      rest.find_first_not_of("0123456789", dash + 1) == std::string_view::npos)
    rest = rest.substr(0, dash);
  for (const BackupType type : {BackupType::full, BackupType::copy})
    if (const std::string ending = fmt::format("-{}", to_string(type)); rest.ends_with(ending))
      return SetNameFacts{*started, std::string(rest.substr(0, rest.size() - ending.size())), type};
  return std::nullopt;
}

std::string set_name_of(std::string_view set_path) {
  while (set_path.ends_with('/')) set_path.remove_suffix(1);
  if (const auto slash = set_path.rfind('/'); slash != std::string_view::npos)
    set_path.remove_prefix(slash + 1);
  if (set_path.ends_with(kPartialSuffix)) set_path.remove_suffix(kPartialSuffix.size());
  return std::string(set_path);
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::optional<std::chrono::system_clock::time_point> parse_utc_text(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kShape[i])
      return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  // The clock counts nanoseconds, which end in 2262: a time behind its end is its end.
  using Time = std::chrono::system_clock::time_point;
  const std::chrono::sys_seconds time = std::chrono::sys_days(day) + std::chrono::hours(hour) +
                                        std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::clamp(time, std::chrono::ceil<std::chrono::seconds>(Time::min()),
                    std::chrono::floor<std::chrono::seconds>(Time::max()));
}

}  // namespace tintype
