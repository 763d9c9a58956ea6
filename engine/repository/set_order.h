// The order of a repository's sets: the one they were begun in, not the one their clocks tell.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/repository/repository.h"

namespace tintype {

// Numbers in it by their value: "s-2" is before "s-10".
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b) noexcept;

// Oldest first: by sequence; of those that drew the same (two hosts at once) by start, then by
// name. Sets of format 1 have no sequence and come before, by start and name. Where a manifest
// cannot be read the name tells when it began: such a set stands behind the last one that began
// before it, and last if its name tells nothing.
void sort_sets(std::vector<SetEntry>& sets);

// For the next set: 1 + the highest. Those of unfinished sets are not known: who draws the same
// comes by its start.
[[nodiscard]] std::uint64_t next_sequence(std::span<const SetEntry> sets) noexcept;

// One line a set whose clock cannot have been right: it starts in the future, or after sets that
// were begun after it. A few minutes are between any two clocks. `sets` are in order.
inline constexpr std::chrono::minutes kClockSkewMax{5};
[[nodiscard]] std::vector<std::string> clock_warnings(std::span<const SetEntry> sets,
                                                      std::chrono::system_clock::time_point now);

}  // namespace tintype
