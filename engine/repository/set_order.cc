#include "engine/repository/set_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>

#include "engine/manifest/set_name.h"

namespace tintype {
namespace {

using Time = std::chrono::system_clock::time_point;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// The digits at the front of `text`, taken off it, without their leading zeros.
std::string_view take_number(std::string_view& text) noexcept {
  const auto end =
      std::min(text.size(),
               static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin()));
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

bool is_readable(const SetEntry& entry) noexcept {
  return entry.finished && entry.problem.empty();
}

std::optional<Time> start_of(const SetEntry& entry) {
  if (is_readable(entry))
    if (const auto started = parse_utc_text(entry.manifest.started_utc)) return started;
  if (const auto told = parse_set_name(entry.name)) return told->started;
  return std::nullopt;
}

struct Placed {
  SetEntry entry;
  std::optional<Time> start;
};

// Of sets that cannot be read: by time, those without one last.
bool starts_before(const Placed& a, const Placed& b) {
  const Time end = Time::max();
  const Time a_start = a.start.value_or(end), b_start = b.start.value_or(end);
  return a_start != b_start ? a_start < b_start : natural_less(a.entry.name, b.entry.name);
}

bool was_begun_before(const Placed& a, const Placed& b) {
  const std::uint64_t left = a.entry.manifest.sequence, right = b.entry.manifest.sequence;
  return left != right ? left < right : starts_before(a, b);
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) noexcept {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view left = take_number(a), right = take_number(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      continue;
    }
    if (a.front() != b.front())
      return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;  // "s-02" and "s-2": some order, always the same
}

void sort_sets(std::vector<SetEntry>& sets) {
  std::vector<Placed> known, others;
  for (SetEntry& entry : sets) {
    const auto start = start_of(entry);
    (is_readable(entry) ? known : others).push_back({std::move(entry), start});
  }
  std::ranges::sort(known, was_begun_before);
  std::ranges::sort(others, starts_before);
  // Behind how many known sets each of the others stands.
  std::vector<std::size_t> behind;
  for (const Placed& other : others) {
    const auto before = std::find_if(known.rbegin(), known.rend(), [&](const Placed& one) {
      return !other.start || (one.start && *one.start <= *other.start);
    });
    behind.push_back(static_cast<std::size_t>(known.rend() - before));
  }
  sets.clear();
  std::size_t taken = 0;
  std::vector<std::size_t> order(others.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return behind[i]; });
  for (const std::size_t i : order) {
    for (; taken < behind[i]; ++taken) sets.push_back(std::move(known[taken].entry));
    sets.push_back(std::move(others[i].entry));
  }
  for (; taken < known.size(); ++taken) sets.push_back(std::move(known[taken].entry));
}

std::uint64_t next_sequence(std::span<const SetEntry> sets) noexcept {
  std::uint64_t highest = 0;
  for (const SetEntry& entry : sets) highest = std::max(highest, entry.manifest.sequence);
  return highest + 1;
}

std::vector<std::string> clock_warnings(std::span<const SetEntry> sets, Time now) {
  struct Suspect {
    const SetEntry* entry;
    Time start;
    std::size_t earlier = 0;  // sets begun after it that say that they started before it
  };
  std::vector<Suspect> suspects;
  for (const SetEntry& entry : sets) {
    const auto start = start_of(entry);
    if (!start || !is_readable(entry)) continue;
    // Whose start lies far behind that of a set begun before it blames the latest of those.
    const auto latest = std::ranges::max_element(suspects, {}, &Suspect::start);
    if (latest != suspects.end() && *start + kClockSkewMax < latest->start)
      ++latest->earlier;
    else
      suspects.push_back({&entry, *start});
  }
  std::vector<std::string> lines;
  for (const auto& [entry, start, earlier] : suspects) {
    const bool future = start > now + kClockSkewMax;
    if (!future && earlier == 0) continue;
    lines.push_back(fmt::format(
        "set {} says that it started at {}, which {}{}{}: a clock was wrong", entry->name,
        utc_text(start), future ? "is in the future" : "", future && earlier != 0 ? " and " : "",
        earlier == 0   ? std::string()
        : earlier == 1 ? std::string("is after the set that was begun next")
                       : fmt::format("is after {} sets that were begun later", earlier)));
  }
  return lines;
}

}  // namespace tintype
