// The judge of log streams: from what the checks found in databases, logs, checkpoints and flush
// maps of one snapshot, whatever folders and volumes they lie on, which databases belong to which
// logs, and whether a restore could recover them. Pure. Source: section 8 of the ESE format facts.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "verify/ese/log/ese_log_check.h"
#include "verify/ese/log/ese_small_checks.h"
#include "verify/ese/stream/ese_stream_report.h"

namespace tintype {

struct EseDatabaseFacts {
  std::string volume;
  std::string path;
  bool has_header = false;  // a copy of the header could be used
  DatabaseHeader header{};
  bool sound = false;  // its report: every page seen, none bad
  bool checked = false;
};

struct EseSetFacts {
  std::vector<EseDatabaseFacts> databases;
  // Of files with the names of logs, temp and reserve logs left out.
  std::list<EseLogFacts> logs;
  std::vector<EseCheckpointFacts> checkpoints;
  std::vector<EseFlushMapFacts> flush_maps;

  // Of another volume or folder of the same snapshot.
  void append(EseSetFacts&& more);
};

// One report a stream, by volume, folder and base; then databases that no log belongs to. A group
// of files in which nothing is an ESE log or checkpoint is another program's: no report.
[[nodiscard]] std::vector<EseStreamReport> judge_ese_streams(const EseSetFacts& facts);

// Whether the stream is a reason not to call the backup good. A stream without databases is none:
// nothing is lost with it.
[[nodiscard]] bool spoils_backup(const EseStreamReport& report) noexcept;
// Whether that is a finding of its own: what only follows from damaged pages is counted with them.
[[nodiscard]] bool is_own_finding(const EseStreamReport& report) noexcept;

}  // namespace tintype
