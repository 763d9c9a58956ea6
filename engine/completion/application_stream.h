// A log stream as the completion gate knows it, whatever application writes it: what of it the
// backup must hold before any of its logs may go, and which of them those are. What every backup
// must be (full, of whole volumes, durable, read back) the gate asks itself.
#pragma once

#include <string>
#include <vector>

#include "engine/completion/truncation_permit.h"
#include "engine/manifest/gate_record.h"

namespace tintype {

class ApplicationStream {
 public:
  // Which it is. A log is told from another one of its number by signature and times.
  struct Identity {
    std::string base, volume, log_folder;  // as of GateRecord
    std::string log_signature;             // as of TruncationPermit, like the next two
    std::string last_closed_created;
    std::int64_t last_closed = 0;
  };
  // The logs that may go: generations [from, below), none if that is empty.
  struct Release {
    std::int64_t from = 0, below = 0;
    std::string limit;                        // what ends it: "the checkpoint"
    std::string summary;                      // one sentence without a full stop
    int event = 0;                            // the application's own number for it
    std::vector<TruncationPermit::Log> logs;  // ascending, one a generation
  };

  virtual ~ApplicationStream() = default;
  [[nodiscard]] virtual Identity identity() const = 0;
  // Whether the backup holds what a restore of the stream's databases needs, and nothing damaged.
  [[nodiscard]] virtual std::vector<GatePrecondition> held(const GateInputs& inputs) const = 0;
  // What else the application demands before a log of its may go.
  [[nodiscard]] virtual std::vector<GatePrecondition> releasable() const = 0;
  // Only asked if every precondition is met.
  [[nodiscard]] virtual Release release() const = 0;
};

}  // namespace tintype
