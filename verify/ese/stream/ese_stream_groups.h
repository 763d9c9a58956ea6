// Which logs, checkpoints, databases and flush maps of a snapshot belong together.
#pragma once

#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {

// A log of a group, with the generation that it stands for.
struct GroupedLog {
  const EseLogFacts* facts = nullptr;
  std::int64_t generation = 0;  // of the name, if archived; of the header, if current; 0 = unknown
  bool current = false;
};

struct StreamGroup {
  std::string base;  // as its files spell it; "" if there are no logs
  std::string volume, folder;
  Signature signature{};  // of most logs, or of the checkpoint or databases if there are none
  std::vector<GroupedLog> logs;  // ascending; the current log last
  const EseCheckpointFacts* checkpoint = nullptr;
  std::vector<const EseDatabaseFacts*> databases;
  std::vector<const EseDatabaseFacts*> strangers;  // lie beside the logs, name another stream
  // The databases wrote these logs once, and a repair cut them off: they name no stream any more.
  bool repaired = false;
};

[[nodiscard]] std::vector<StreamGroup> group_ese_streams(const EseSetFacts& facts);

// Shut down clean, repaired, and no stream's: what eseutil /p leaves.
[[nodiscard]] bool cut_off_by_repair(const EseDatabaseFacts& database) noexcept;

// The highest generation of an archived log; 0: none.
[[nodiscard]] std::int64_t last_closed_of(const StreamGroup& group) noexcept;

// Dirty or patched: replay is needed, and can do.
[[nodiscard]] bool needs_logs(const EseDatabaseFacts& database) noexcept;

}  // namespace tintype
