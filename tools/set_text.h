// How backup sets read: the table of a repository, and one set in full.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/repository/repository.h"

namespace tintype {

// "sound", "findings", "unfinished", "running", "damaged".
[[nodiscard]] std::string_view set_state(const SetEntry& entry);
// The same with what must not be overlooked: "5 FINDINGS", "sound, NOT CHECKED", "DAMAGED".
[[nodiscard]] std::string set_verdict(const SetEntry& entry);
// One line a set under a heading; damaged sets get a second line that says why.
[[nodiscard]] std::string sets_table(std::span<const SetEntry> sets);
// Everything in a finished set's manifest.
[[nodiscard]] std::string set_text(const SetEntry& entry, std::size_t width);
// "2026-11-22 18:17" out of "2026-11-22T18:17:21Z"; "-" if there is none.
[[nodiscard]] std::string minute_text(std::string_view utc);

}  // namespace tintype
