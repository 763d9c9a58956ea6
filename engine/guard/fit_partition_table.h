// A disk that was copied or restored to a larger target: its GPT is fitted to the new end.
#pragma once

#include <string>

#include "engine/guard/job_target.h"
#include "io/volume/volume.h"

namespace tintype {

// After everything else was written and before the target is committed. `disk` is what was copied.
// Returns a line for the report, "" if there was nothing to do. A table that cannot be fitted is no
// error, for the data is there: the line says what is left to do.
[[nodiscard]] Result<std::string> fit_partition_table(const Volume& disk, const JobTarget& target,
                                                      bool read_back);

}  // namespace tintype
