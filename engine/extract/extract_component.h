// A database and what of its log stream a recovery needs, looked for in all volumes of a set: by
// their names, then by their headers.
#pragma once

#include <string>
#include <vector>

#include "engine/extract/extract_source.h"
#include "engine/monitor/job_monitor.h"
#include "verify/ese/ese_header.h"
#include "verify/ese/log/ese_file_kind.h"

namespace tintype {

// The logs of a component lie in this folder, beside its database.
inline constexpr const char* kComponentLogs = "Logs";

struct ComponentFile {
  std::size_t source = 0;
  FileEntry entry;
  EseFileKind kind = EseFileKind::none;
  std::string target;  // "DB1.edb", "Logs/E0000000012.log"
};

struct Component {
  std::vector<ComponentFile> files;       // the database first
  std::vector<std::byte> database_front;  // its first kEseFrontBytes
  EseHeaderReading header;                // sound, or one copy of it
};

// `name`: a file name or a path, case-insensitive. Not one file of that name, or several, or one
// whose header does not tell which logs it needs, is an error. Takes the logs of the generations
// from the first required to the last committed one, the current log if it is one of them or the
// next, and the checkpoint if it starts at the first of them: from an earlier one on recovery would
// ask for more logs, from a later one on it would skip some.
[[nodiscard]] Result<Component> find_component(const std::vector<ExtractSource>& sources,
                                               const std::string& name,
                                               const std::string& volume_name, JobMonitor& monitor);

}  // namespace tintype
