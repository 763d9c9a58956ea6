#include "tools/session/finding_events.h"

#include "tools/text/report_json.h"

namespace tintype {

void write_findings(Session& session, std::string_view volume, std::span<const FileReport> reports,
                    std::span<const UnreadableRange> unreadable) {
  if (!session.json()) return;
  for (const UnreadableRange& bad : unreadable)
    session.event("finding",
                  JsonObject().add("volume", volume).add("kind", "unreadable").merge(to_json(bad)));
  for (const FileReport& report : reports)
    for (const Finding& finding : report.findings)
      session.event(
          "finding",
          JsonObject().add("volume", volume).add("path", report.path).merge(to_json(finding)));
}

void write_findings(Session& session, std::string_view volume, const FolderProblems& problems) {
  if (!session.json()) return;
  for (const FolderProblem& problem : problems.kept)
    session.event("finding",
                  JsonObject().add("volume", volume).add("kind", "file").merge(to_json(problem)));
}

}  // namespace tintype
