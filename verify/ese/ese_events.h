// Numbers of the events that ESE writes to Windows' application log, for what this program finds
// and does: administrators search for them. Source: section "ESE source" of the Exchange backup
// facts.
#pragma once

#include "verify/verify_report.h"

namespace tintype {

inline constexpr int kEventDeletingLogs = 224;
inline constexpr int kEventNothingToTruncate = 225;
inline constexpr int kEventPageChecksum = 474;
inline constexpr int kEventPageNumber = 475;
inline constexpr int kEventLogRangeDamaged = 477;
inline constexpr int kEventReadError = 481;
inline constexpr int kEventFullBackupStarting = 2005;
inline constexpr int kEventBackupCompleted = 2006;
inline constexpr int kEventBackupAborted = 2007;
inline constexpr int kEventCopyBackupStarting = 2009;

// 0 if the engine has no event for it.
[[nodiscard]] int ese_event_of(const Finding& finding) noexcept;

}  // namespace tintype
