#include "engine/monitor/job_monitor.h"

namespace tintype {

std::string_view to_string(Phase phase) noexcept {
  switch (phase) {
    case Phase::prepare:
      return "prepare";
    case Phase::compare:
      return "compare";
    case Phase::copy:
      return "copy";
    case Phase::read_back:
      return "read-back";
    case Phase::commit:
      return "commit";
    case Phase::done:
      return "done";
  }
  return "";
}

}  // namespace tintype
