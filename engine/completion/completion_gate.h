// The completion gate: may the backup of a log stream be confirmed, and which of its logs may go?
//
// The rule is section 9.3 of the ESE format facts: with everything verified and stored, the logs
// below X may go, and X is the least of
//   the checkpoint's generation · each dirty database's first required generation ·
//   the last generation of the last full backup of each database that this backup does not hold ·
//   the last closed generation N · the first generation that a dirty flush map needs.
// So the current log and N itself always stay. A crash before a permit exists leaves all of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/completion/durable_image.h"
#include "engine/completion/gate_record.h"
#include "engine/completion/truncation_permit.h"
#include "verify/ese_stream_report.h"

namespace tintype {

// What the gate must know beside the stream itself.
struct GateInputs {
  BackupType type = BackupType::copy;
  bool whole_volumes = false;        // volumes were copied, not chosen folders
  std::vector<std::string> volumes;  // all volumes of the backup
  std::vector<DurableImage> images;  // those of them that are proved durable
  // The backup holds every database attached to the stream, but for those listed below. Nothing in
  // a backup shows that: the caller must assert it, as in section 9.2, or the gate stays shut.
  bool all_databases_known = false;
  // Databases of the stream that this backup does not hold; their full_backup_gen_high counts.
  std::vector<StreamDatabase> databases_elsewhere;
};

struct GateDecision {
  GateRecord record;
  // Only if every precondition holds and there is something to truncate.
  std::optional<TruncationPermit> permit;
};

[[nodiscard]] GateDecision judge_completion(const EseStreamReport& stream,
                                            const GateInputs& inputs);

}  // namespace tintype
