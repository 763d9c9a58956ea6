// What the completion gate said of one log stream, as plain facts: for the manifest, for `show`
// and for --json. Holding one permits nothing: that takes a TruncationPermit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tintype {

// One thing that must hold before logs may go.
struct GatePrecondition {
  std::string name;  // "checkpoint"
  bool met = false;
  std::string why;  // one line, met or not, without a full stop
  bool operator==(const GatePrecondition&) const = default;
};

struct GateRecord {
  std::string base, volume, log_folder;  // which stream
  std::vector<GatePrecondition> preconditions;
  // Generations [truncate_from, truncate_below) may go; both 0 if none may.
  std::int64_t truncate_from = 0, truncate_below = 0;
  std::string limit;    // what ends the range: "the checkpoint"; "" if nothing was decided
  std::string summary;  // one sentence without a full stop
  int event = 0;        // see verify/ese/ese_events.h; 0 if the gate is shut

  // All preconditions hold: completion may be confirmed to the application.
  [[nodiscard]] bool open() const noexcept {
    for (const GatePrecondition& precondition : preconditions)
      if (!precondition.met) return false;
    return !preconditions.empty();
  }
  bool operator==(const GateRecord&) const = default;
};

}  // namespace tintype
