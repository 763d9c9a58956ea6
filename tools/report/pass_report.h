// What backup, restore and copy say alike about a pass.
#pragma once

#include <string>
#include <string_view>

#include "engine/job/pass_outcome.h"
#include "tools/report/report.h"
#include "tools/session/session.h"

namespace tintype {

// "time        2.4 s, 208 MiB/s, limited by: read"
[[nodiscard]] std::string time_line(const PassOutcome& outcome, std::size_t width);
// "1 GiB, ntfs "Mail""; and how much of it was captured
[[nodiscard]] std::string volume_lines(const PassOutcome& outcome, std::size_t width);

// Asks before something that exists is overwritten. Returns nothing if the job may go on, else the
// exit code. What the job itself refuses (no --overwrite) is left to it.
[[nodiscard]] std::optional<ExitCode> ask_to_overwrite(Session& session, const std::string& target,
                                                       bool overwrite, bool yes, bool dry_run);

// A job ended in an error: says so, and after an interruption what is left and how to remove it; in
// its report as well.
[[nodiscard]] ExitCode fail_job(Session& session, const Error& error, ExitCode otherwise,
                                std::string_view left_behind, Report* report = nullptr);

}  // namespace tintype
