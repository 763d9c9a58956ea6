// The completion gate: may the backup of a log stream be confirmed, and which of its logs may go?
// It asks what every backup must be, and the stream what its application demands. A crash before a
// permit exists leaves all logs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/completion/application_stream.h"
#include "engine/completion/truncation_permit.h"
#include "engine/manifest/gate_record.h"
#include "engine/proof/durable_image.h"

namespace tintype {

// What the gate must know beside the stream itself.
struct GateInputs {
  BackupType type = BackupType::copy;
  bool whole_volumes = false;  // volumes were copied, not chosen folders
  // Why a source may not be what the image holds, from its start to its end: it changed, was in
  // use, or nobody looked. "" if somebody looked and nothing of it did.
  std::string source_changed = "nobody looked whether it changed";
  std::vector<std::string> volumes;  // all volumes of the backup
  std::vector<DurableImage> images;  // those of them that are proved durable
  // Paths of the databases whose own reports are sound: what the stream says of one is not enough.
  std::vector<std::string> sound_databases;
  // The backup holds every database attached to the stream. The caller must assert it, as in
  // section 9.2, or the gate stays shut: checkpoint and logs name the databases of their time only.
  // What they name and the backup does not hold (EseStreamReport::attached_elsewhere) shuts it too.
  // (The rule of 9.3 would let the logs before such a database's last full backup go; to know that,
  // one would have to read it.)
  bool all_databases_known = false;
};

struct GateDecision {
  GateRecord record;
  // Only if every precondition holds and there is something to truncate.
  std::optional<TruncationPermit> permit;
};

[[nodiscard]] GateDecision judge_completion(const ApplicationStream& stream,
                                            const GateInputs& inputs);

}  // namespace tintype
