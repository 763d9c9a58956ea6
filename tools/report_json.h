// The same facts as report_text, as JSON for events.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/job/pass_outcome.h"
#include "tools/json_events.h"
#include "tools/session.h"

namespace tintype {

[[nodiscard]] JsonObject to_json(const PassOutcome& outcome);
[[nodiscard]] JsonObject to_json(const UnreadableRange& bad);
// One "finding" event each. `volume` is the volume's, image's or file's name.
void write_findings(Session& session, std::string_view volume, std::span<const FileReport> reports,
                    std::span<const UnreadableRange> unreadable);

}  // namespace tintype
