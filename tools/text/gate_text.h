// How the completion gate and what followed from it read, for people and as JSON.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/job/confirm_job.h"
#include "tools/text/json_object.h"

namespace tintype {

// The stream, every precondition met or not, and what may go.
[[nodiscard]] std::string gate_text(const GateRecord& gate, std::size_t width);
[[nodiscard]] std::vector<JsonObject> gates_json(std::span<const GateRecord> gates);

// What was confirmed, deleted and refused, a line a stream. A dry run also lists the names.
[[nodiscard]] std::string confirmation_text(const ConfirmOutcome& outcome, bool dry_run,
                                            std::size_t width);
[[nodiscard]] JsonObject confirmation_json(const ConfirmOutcome& outcome);

}  // namespace tintype
