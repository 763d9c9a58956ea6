// Which request of a job has been waiting too long, from looks at its board now and then.
//
// Time counts only as far as it was watched: a job that was stopped (Ctrl-Z), or a machine that
// slept, loses no disk. And as long as other requests of the same file come and go, that file's
// device is slow, not lost.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/in_flight.h"

namespace tintype {

struct WaitingRequest {
  std::string verb, path;
  std::uint64_t offset = 0;
  double seconds = 0;  // at least
};

class RequestWatch {
 public:
  // What is in flight now, `seconds` after the last look.
  void look(const std::vector<InFlightBoard::Seen>& seen, double seconds);

  // The one that waits longest.
  [[nodiscard]] std::optional<WaitingRequest> longest() const;
  // One that should have been answered by now.
  [[nodiscard]] std::optional<WaitingRequest> lost(double patience_seconds) const;

 private:
  struct Watched {
    std::uint64_t number = 0;
    WaitingRequest request;
    Patience patience{};
  };
  std::map<unsigned, Watched> slots_;
  std::map<std::string, double> quiet_seconds_;  // since a request of this file came or went
};

}  // namespace tintype
