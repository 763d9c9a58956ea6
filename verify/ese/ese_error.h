// The errors of the ESE engine that findings carry, by the names that administrators search for.
#pragma once

#include <string>
#include <string_view>

namespace tintype {

inline constexpr int kErrLogFileCorrupt = -501;
inline constexpr int kErrLogGenerationMismatch = -513;
inline constexpr int kErrBadLogVersion = -514;
inline constexpr int kErrInvalidLogSequence = -515;
inline constexpr int kErrMissingLogFile = -528;
inline constexpr int kErrBadLogSignature = -530;
inline constexpr int kErrBadCheckpointSignature = -532;
inline constexpr int kErrCheckpointCorrupt = -533;
inline constexpr int kErrDatabaseLogSetMismatch = -539;
inline constexpr int kErrLogFileSizeMismatch = -541;
inline constexpr int kErrRequiredLogFilesMissing = -543;
inline constexpr int kErrLogTornWriteDuringHardRestore = -570;
inline constexpr int kErrCommittedLogFilesMissing = -582;
inline constexpr int kErrLogSequenceChecksumMismatch = -590;
inline constexpr int kErrLogReadVerifyFailure = -612;
inline constexpr int kErrReadVerifyFailure = -1018;
inline constexpr int kErrReadPageNumberVerifyFailure = -1118;
inline constexpr int kErrDatabaseCorrupted = -1206;
inline constexpr int kErrInvalidDatabaseVersion = -1209;
inline constexpr int kErrPageSizeMismatch = -1213;
inline constexpr int kErrFileInvalidType = -1812;

struct EseErrorName {
  int number = 0;
  std::string_view name;     // "JET_errLogFileCorrupt"
  std::string_view meaning;  // in the engine's words: "Log file is corrupt"
};

// For an unknown number an empty name and meaning.
[[nodiscard]] EseErrorName ese_error_name(int number) noexcept;
// "JET_errLogFileCorrupt -501"; "-7" for an unknown number.
[[nodiscard]] std::string named_ese_error(int number);

}  // namespace tintype
