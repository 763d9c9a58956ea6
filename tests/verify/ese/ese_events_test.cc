#include "verify/ese/ese_events.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(EseEvents, AreThoseThatTheEngineLogsForTheSameFinding) {
  EXPECT_EQ(ese_event_of({.kind = FindingKind::bad_checksum, .error_number = -1018}), 474);
  EXPECT_EQ(ese_event_of({.kind = FindingKind::wrong_place, .error_number = -1118}), 475);
  EXPECT_EQ(ese_event_of({.kind = FindingKind::unreadable}), 481);
  EXPECT_EQ(ese_event_of({.kind = FindingKind::bad_checksum, .error_number = -501}), 477);
  for (const FindingKind quiet : {FindingKind::correctable, FindingKind::header_shadow,
                                  FindingKind::incomplete, FindingKind::not_checked})
    EXPECT_EQ(ese_event_of({.kind = quiet, .error_number = -1018}), 0);
}

}  // namespace
}  // namespace tintype
