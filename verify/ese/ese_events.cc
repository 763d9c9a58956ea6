#include "verify/ese/ese_events.h"

namespace tintype {

int ese_event_of(const Finding& finding) noexcept {
  switch (finding.kind) {
    case FindingKind::bad_checksum:
      // -501 and its like are of logs.
      return finding.error_number == -1018 ? kEventPageChecksum
             : finding.error_number != 0   ? kEventLogRangeDamaged
                                           : 0;
    case FindingKind::wrong_place:
      return kEventPageNumber;
    case FindingKind::unreadable:
      return kEventReadError;
    default:
      return 0;
  }
}

}  // namespace tintype
