#include "verify/ese/stream/ese_stream_report.h"

namespace tintype {

std::string_view to_string(StreamVerdict verdict) noexcept {
  switch (verdict) {
    case StreamVerdict::sound:
      return "sound";
    case StreamVerdict::recoverable:
      return "recoverable";
    case StreamVerdict::recoverable_with_loss:
      return "recoverable with loss";
    case StreamVerdict::not_recoverable:
      return "not recoverable";
    case StreamVerdict::not_checked:
      return "not checked";
  }
  return "unknown";
}

}  // namespace tintype
