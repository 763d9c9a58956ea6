// How backup sets read: the table of a repository, and one set in full. What was found when a set
// was made is told apart from what is known of it since: nothing is called sound unseen.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/proof/set_standing.h"
#include "tools/text/exit_code.h"

namespace tintype {

struct KnownSet {
  SetEntry entry;
  SetStanding standing;
};

// "finished", "unfinished", "running", "damaged", "unreadable".
[[nodiscard]] std::string_view set_state(const KnownSet& set);
// Of what is known: damaged, or something could not be looked at, or sound.
[[nodiscard]] ExitCode code_of(const KnownSet& set);
// What the backup itself said of a finished set: "sound", "findings", "not checked". "" of others.
[[nodiscard]] std::string_view recorded_word(const SetEntry& entry);
// The same with what must not be overlooked: "5 FINDINGS", "sound, not read back", "DAMAGED".
[[nodiscard]] std::string recorded_verdict(const SetEntry& entry);
// The last time that all images were read again and what came out: null if that never happened.
[[nodiscard]] std::string last_verified_json(const SetStanding& standing);

// One line a set under a heading; damaged sets get more lines that say why. What does not fit into
// `width` columns is told below its set; 0: one line a set however long, for scripts.
[[nodiscard]] std::string sets_table(std::span<const KnownSet> sets, std::size_t width);
// Everything in a finished set's manifest, and what is known since.
[[nodiscard]] std::string set_text(const KnownSet& set, std::size_t width);
// "2026-11-22" out of "2026-11-22T18:17:21Z"; "-" if there is none.
[[nodiscard]] std::string day_text(std::string_view utc);

}  // namespace tintype
