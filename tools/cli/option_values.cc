#include "tools/cli/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

#include "engine/image/chunk_bytes.h"
#include "engine/manifest/set_name.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, std::size_t n>
T choose(std::string_view flag, std::string_view word, const Choice<T> (&choices)[n]) {
  std::string words;
  for (const auto& choice : choices) {
    if (choice.word == word) return choice.value;
    words += fmt::format("{}{}", words.empty() ? "" : ", ", choice.word);
  }
  throw UsageError{fmt::format("{}: \"{}\" is none of {}", flag, word, words)};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j)
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1,
                                                 diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)}));
  }
  return row[b.size()];
}

}  // namespace

void need(const std::string& value, std::string_view flag, std::string_view what) {
  if (value.empty()) throw UsageError{fmt::format("{} is missing: {}", flag, what)};
}

unsigned parse_number(std::string_view flag, std::string_view word, unsigned min, unsigned max) {
  unsigned number = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (code != std::errc() || end != word.data() + word.size() || number < min || number > max)
    throw UsageError{fmt::format("{}: \"{}\" is no number from {} to {}", flag, word, min, max)};
  return number;
}

bool parse_switch(std::string_view variable, std::string_view word) {
  return choose<bool>(variable, word,
                      {{"1", true},
                       {"0", false},
                       {"yes", true},
                       {"no", false},
                       {"true", true},
                       {"false", false},
                       {"on", true},
                       {"off", false}});
}

std::uint64_t parse_byte_count(std::string_view flag, std::string_view word) {
  const auto bytes = parse_size(word);
  if (!bytes || *bytes == 0)
    throw UsageError{fmt::format("{}: \"{}\" is no size like 500GiB or 2TB", flag, word)};
  return *bytes;
}

std::uint32_t parse_chunk_size(std::string_view flag, std::string_view word) {
  const auto bytes = parse_size(word);
  if (!bytes) throw UsageError{fmt::format("{}: \"{}\" is no size like 1MiB or 512k", flag, word)};
  if (*bytes < kChunkBytesMin || *bytes > kChunkBytesMax || !std::has_single_bit(*bytes))
    throw UsageError{fmt::format("{}: {} is not a power of two from {} to {}", flag, word,
                                 bytes_text(kChunkBytesMin), bytes_text(kChunkBytesMax))};
  return static_cast<std::uint32_t>(*bytes);
}

Compression parse_compression(std::string_view flag, std::string_view word) {
  return choose<Compression>(
      flag, word,
      {{"auto", Compression::automatic}, {"lz4", Compression::lz4}, {"none", Compression::none}});
}

QueueEngine parse_queue_engine(std::string_view flag, std::string_view word) {
  return choose<QueueEngine>(flag, word,
                             {{"auto", QueueEngine::automatic},
                              {"io_uring", QueueEngine::io_uring},
                              {"threads", QueueEngine::threads}});
}

ProgressMode parse_progress_mode(std::string_view flag, std::string_view word) {
  return choose<ProgressMode>(flag, word,
                              {{"auto", ProgressMode::automatic},
                               {"bar", ProgressMode::bar},
                               {"lines", ProgressMode::lines},
                               {"none", ProgressMode::none}});
}

std::chrono::seconds parse_duration(std::string_view flag, std::string_view word) {
  constexpr std::int64_t kNumberMax = 100'000;  // of days: longer than anything lasts
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
  const std::string_view unit = word.substr(static_cast<std::size_t>(end - word.data()));
  if (code == std::errc() && number >= 0 && number <= kNumberMax) {
    if (unit == "s" || (unit.empty() && number == 0)) return std::chrono::seconds(number);
    if (unit == "m" || unit == "min") return std::chrono::minutes(number);
    if (unit == "h") return std::chrono::hours(number);
    if (unit == "d") return std::chrono::hours(24 * number);
  }
  throw UsageError{fmt::format("{}: \"{}\" is no time like 90m, 24h or 7d", flag, word)};
}

std::uint64_t parse_rate_limit(std::string_view flag, std::string_view word) {
  if (const auto rate = parse_rate(word)) return *rate;
  const bool bare = !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
  throw UsageError{bare ? fmt::format("{}: \"{}\" lacks its unit: {}MiB/s?", flag, word, word)
                        : fmt::format("{}: \"{}\" is no rate like 200MiB/s, or none", flag, word)};
}

ProcessPriority parse_priority(std::string_view flag, std::string_view word) {
  if (word == "idle") return {.nice = 19, .idle_io = true};
  unsigned nice = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), nice);
  if (code != std::errc() || end != word.data() + word.size() || nice > 19)
    throw UsageError{
        fmt::format("{}: \"{}\" is neither idle nor a number from 0 to 19", flag, word)};
  return {.nice = static_cast<int>(nice)};
}

std::uint64_t parse_cache_size(std::string_view flag, std::string_view word) {
  constexpr std::uint64_t kMin = 1 << 20, kMax = 1ULL << 40;
  const auto bytes = parse_size(word);
  if (!bytes || *bytes < kMin || *bytes > kMax)
    throw UsageError{fmt::format("{}: \"{}\" is no size from {} to {}", flag, word,
                                 bytes_text(kMin), bytes_text(kMax))};
  return *bytes;
}

ListenAddress parse_listen_address(std::string_view flag, std::string_view word) {
  // Not "localhost": a system without /etc/hosts does not know the name.
  ListenAddress address{.host = "127.0.0.1"};
  std::string_view port = word;
  if (const auto colon = word.rfind(':'); colon != std::string_view::npos) {
    std::string_view host = word.substr(0, colon);
    port = word.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!host.empty()) address.host = host;
    if (!bracketed && host.find(':') != std::string_view::npos)
      throw UsageError{fmt::format("{}: an IPv6 address is written [ADDRESS]:PORT", flag)};
  }
  address.port = static_cast<std::uint16_t>(parse_number(flag, port, 1, 65535));
  return address;
}

ImageVolume::Unreadable parse_unreadable(std::string_view flag, std::string_view word) {
  return choose<ImageVolume::Unreadable>(
      flag, word,
      {{"error", ImageVolume::Unreadable::error}, {"zeros", ImageVolume::Unreadable::zeros}});
}

BackupOptions::Source parse_source(std::string_view word) {
  // A path or a URI may have an '=' too, but behind its first slash.
  const auto equals = word.find('=');
  if (equals == std::string_view::npos || word.find('/') < equals)
    return {.path = std::string(word), .name = ""};
  const std::string_view name = word.substr(0, equals), path = word.substr(equals + 1);
  if (!is_plain_name(name))
    throw UsageError{fmt::format("\"{}\" is no name for a volume (in {})", name, word)};
  if (path.empty()) throw UsageError{fmt::format("{} names no volume after the =", word)};
  return {.path = std::string(path), .name = std::string(name)};
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates)
    if (const auto distance = edit_distance(word, candidate); distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  return best;
}

}  // namespace tintype
