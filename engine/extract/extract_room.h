// Whether a folder takes what is to be extracted: nothing in the way that may not be replaced, and
// room for all of it. Asked before anything is written.
#pragma once

#include "engine/extract/extract_plan.h"
#include "io/file/output_tree.h"

namespace tintype {

// What cannot be put there for a reason of its own gets a `problem`; an error is the whole job's.
[[nodiscard]] Result<void> check_extract_room(const ExtractOptions& options, const OutputTree& tree,
                                              ExtractPlan& plan, ExtractOutcome& outcome);

}  // namespace tintype
