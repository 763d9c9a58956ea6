// The segments of an ESE log of version 8 (Exchange 2013 and later, Windows 8 and later), walked
// as the engine's recovery and `eseutil /ml` walk them. Source: sections 6.2 to 6.4 of the ESE
// format facts.
//
// A segment is 4096 bytes, checksummed like a database page whose number is its place in the file.
// A segment that is not full yet is written to the next slot as well, unchanged: that shadow heals
// a torn write. Behind the last segment stand zeros, or the segments of the older log this file
// was made from.
#pragma once

#include <cstdint>
#include <span>

#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/page/ese_page_sums.h"

namespace tintype {

inline constexpr std::uint32_t kEseSegmentBytes = 4096;

// One slot reduced to what the walk asks of it, so that a log that comes by in pieces needs no
// buffer.
struct EseLogSlot {
  enum class Content : std::uint8_t {
    damaged,  // neither of the below, or not readable
    empty,    // all zero
    segment,  // whole, or with one flipped bit, and numbered as its slot is
    shadow,   // the same, numbered as the slot before
  };
  std::uint64_t stored_checksum = 0;
  LgPos position{};
  Content content = Content::damaged;
  bool corrected = false;
};
// Of all bytes of a slot; not for the header's slots.
[[nodiscard]] EseLogSlot judge_ese_log_slot(const EsePageSums& sums, std::uint32_t slot) noexcept;

struct EseLogSegments {
  std::uint32_t slots = 0;      // of the file, the header's included
  std::uint32_t good = 0;       // segments of this log, corrected and patchable ones included
  std::uint32_t corrected = 0;  // good ones with one flipped bit
  std::uint32_t shadows = 0;
  std::uint32_t empty = 0;      // all zero
  std::uint32_t stale = 0;      // valid segments of an older generation
  std::uint32_t last_good = 0;  // slot; 0 = none, the log has no records
  // Of the slot whose write was torn and whose shadow is whole; 0 = none. Recovery patches the
  // current log; in an archived one, or in a backup set, the log counts as damaged.
  std::uint32_t torn = 0;
  // XOR of the stored checksums of the good segments: what the next log's header should say.
  std::uint64_t accumulated_checksum = 0;
  std::uint32_t backup_failures = 0;  // slots that fail the weaker test
  EseProblems problems;
};

// `header` has been read as sound from this file. The walk ends at the first corrupt segment; the
// weaker test the engine makes while it streams a log to a backup is made of all slots.
[[nodiscard]] EseLogSegments check_ese_log_segments(std::span<const std::byte> file,
                                                    const LogHeader& header);
// The same of all slots of the file, the header's included (their content does not matter).
[[nodiscard]] EseLogSegments check_ese_log_segments(std::span<const EseLogSlot> slots,
                                                    const LogHeader& header);

}  // namespace tintype
