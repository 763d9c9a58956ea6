// What `check` says, in eseutil's words where it has some: /k of databases, /ml of logs.
#pragma once

#include <string>

#include "engine/job/check_job.h"
#include "tools/text/json_object.h"

namespace tintype {

// Everything but the last line.
[[nodiscard]] std::string check_text(const std::string& subject, const CheckOutcome& outcome,
                                     std::size_t width);
// "Operation completed successfully in 0.271 seconds."
[[nodiscard]] std::string check_verdict(const CheckOutcome& outcome);
[[nodiscard]] JsonObject check_json(const std::string& subject, const CheckOutcome& outcome);

}  // namespace tintype
