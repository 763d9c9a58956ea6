// The live log directory as it is right now, and the second check before anything is deleted in it.
//
// The permit speaks of the snapshot. Between the snapshot and the deletion the database went on,
// and somebody may have named the wrong directory, restored an old backup or switched circular
// logging on. So the live files are asked again, and if they do not agree nothing is deleted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/completion/truncation_permit.h"
#include "io/result.h"

namespace tintype {

// What lies in a live log directory, by name.
struct LiveLogs {
  std::string directory, base;
  std::map<std::int64_t, std::vector<std::string>> archived;  // generation → file names
  std::string checkpoint;                                     // file name; "" if there is none
  std::vector<std::string> others;                            // may be databases
};
[[nodiscard]] Result<LiveLogs> list_live_logs(const std::string& directory,
                                              const std::string& base);

// Checkpoint, databases beside the logs, lowest log, and the header of every log that is to go.
// `hole_explained`: an interrupted deletion was journalled, which a crash of the machine may have
// left with a hole. Success: the logs of the permit may be deleted from this directory now.
[[nodiscard]] Result<void> check_live_logs(const LiveLogs& live, const TruncationPermit& permit,
                                           bool hole_explained);
// The same for one log: a regular file whose header has this generation and signature.
[[nodiscard]] Result<void> check_live_log(const LiveLogs& live, const TruncationPermit::Log& log,
                                          const std::string& log_signature);

}  // namespace tintype
