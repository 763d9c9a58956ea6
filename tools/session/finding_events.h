// What a job found, as events of --json.
#pragma once

#include <span>
#include <string_view>

#include "engine/job/pass_outcome.h"
#include "tools/session/session.h"

namespace tintype {

// One "finding" event each. `volume` is the volume's, image's or file's name.
void write_findings(Session& session, std::string_view volume, std::span<const FileReport> reports,
                    std::span<const UnreadableRange> unreadable);
void write_findings(Session& session, std::string_view volume, const FolderProblems& problems);

}  // namespace tintype
