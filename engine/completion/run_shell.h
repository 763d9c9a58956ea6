// A command of the admin's, run by the system's shell: how completion is confirmed to whoever took
// the snapshot (DiskShadow, a remote shell, a ticket).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "io/result.h"

namespace tintype {

// Waits for it; `variables` are added to its environment. What it prints goes to standard error:
// standard output belongs to our own report. Returns its exit code; 128 + n if signal n ended it.
[[nodiscard]] Result<int> run_shell(
    const std::string& command, const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace tintype
