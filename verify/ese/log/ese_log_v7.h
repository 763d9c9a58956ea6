// Logs of version 7 (Exchange 2000 to 2010, Windows 2000 to 7): a chain of LRCHECKSUM records,
// each of which covers the bytes around it and says where the next one stands. Source: section 6.6
// of the ESE format facts.
#pragma once

#include <cstdint>
#include <span>

#include "verify/ese/log/ese_log_header.h"

namespace tintype {

struct EseLogRecords {
  std::uint32_t checksums = 0;        // LRCHECKSUM records that hold
  std::uint32_t short_checksums = 0;  // of them with a checksum of their sector as well
  std::uint64_t covered_bytes = 0;    // of the file, from its start
  EseProblems problems;
};

// `header` has been read as sound from this file. Ends at the first record that does not hold.
[[nodiscard]] EseLogRecords check_ese_log_v7(std::span<const std::byte> file,
                                             const LogHeader& header);

// As it lies on disk, at any offset.
struct EseChecksumRecord {
  std::uint8_t type;       // +0   42
  le32 backward_bytes;     // +1   covered before the record
  le32 forward_bytes;      // +5   covered behind it
  le32 next_bytes;         // +9   from its end to the next record; 0 = the last one
  le32 checksum;           // +13
  le32 short_checksum;     // +17
  std::uint8_t short_use;  // +21  0x9A: the short checksum is in use; 0xD1: it is zero

  static constexpr std::uint8_t kType = 42;
  static constexpr std::uint8_t kShortInUse = 0x9A;
  static constexpr std::uint8_t kShortUnused = 0xD1;
  static constexpr std::uint32_t kSeed = 0xFEEDBEAF;
  static constexpr std::uint32_t kShortSeed = 0xDEADC0DE;
  // The checksum of a shadow record, kept to repair the last sector of the current log.
  static constexpr std::uint32_t kShadowMark = 0x5AD05EC7;
};
static_assert(sizeof(EseChecksumRecord) == 22 && alignof(EseChecksumRecord) == 1);

}  // namespace tintype
