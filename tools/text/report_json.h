// The same facts as report_text, as JSON for events.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/job/pass_outcome.h"
#include "tools/text/json_object.h"

namespace tintype {

// One rule for "sound", everywhere: true if all was checked and good, false if something is not,
// null if it was not looked at.
[[nodiscard]] std::string_view verdict_word(std::optional<bool> sound);
[[nodiscard]] JsonObject to_json(const PassOutcome& outcome);
// For a pass whose files are not all databases: whether they are sound is known elsewhere.
[[nodiscard]] JsonObject to_json(const PassOutcome& outcome, std::optional<bool> sound);
[[nodiscard]] JsonObject to_json(const UnreadableRange& bad);
[[nodiscard]] JsonObject to_json(const FolderProblem& problem);
// What a finding is, without where it was found.
[[nodiscard]] JsonObject to_json(const Finding& finding);

}  // namespace tintype
