#include "verify/ese/ese_error.h"

#include <fmt/format.h>

namespace tintype {
namespace {

constexpr EseErrorName kNames[] = {
    {kErrLogFileCorrupt, "JET_errLogFileCorrupt", "Log file is corrupt"},
    {kErrLogGenerationMismatch, "JET_errLogGenerationMismatch",
     "Name of logfile does not match internal generation number"},
    {kErrBadLogVersion, "JET_errBadLogVersion",
     "Version of log file is not compatible with Jet version"},
    {kErrInvalidLogSequence, "JET_errInvalidLogSequence",
     "Timestamp in next log does not match expected"},
    {kErrMissingLogFile, "JET_errMissingLogFile", "Current log file missing"},
    {kErrBadLogSignature, "JET_errBadLogSignature", "Bad signature for a log file"},
    {kErrBadCheckpointSignature, "JET_errBadCheckpointSignature",
     "Bad signature for a checkpoint file"},
    {kErrCheckpointCorrupt, "JET_errCheckpointCorrupt", "Checkpoint file not found or corrupt"},
    {kErrDatabaseLogSetMismatch, "JET_errDatabaseLogSetMismatch",
     "Database does not belong with the current set of log files"},
    {kErrLogFileSizeMismatch, "JET_errLogFileSizeMismatch",
     "Actual log file size does not match JET_paramLogFileSize"},
    {kErrRequiredLogFilesMissing, "JET_errRequiredLogFilesMissing",
     "The required log files for recovery is missing."},
    {kErrLogTornWriteDuringHardRestore, "JET_errLogTornWriteDuringHardRestore",
     "torn-write was detected in a backup set during hard restore"},
    {kErrCommittedLogFilesMissing, "JET_errCommittedLogFilesMissing",
     "One or more logs that were committed to this database, are missing."},
    {kErrLogSequenceChecksumMismatch, "JET_errLogSequenceChecksumMismatch",
     "The previous log's accumulated segment checksum doesn't match the next log"},
    {kErrLogReadVerifyFailure, "JET_errLogReadVerifyFailure",
     "Checksum error in log file during backup"},
    {kErrReadVerifyFailure, "JET_errReadVerifyFailure", "Checksum error on a database page"},
    {kErrReadPageNumberVerifyFailure, "JET_errReadPgnoVerifyFailure",
     "The database page read from disk had the wrong page number."},
    {-1119, "JET_errReadLostFlushVerifyFailure",
     "The database page read from disk had a previous write not represented on the page."},
    {kErrDatabaseCorrupted, "JET_errDatabaseCorrupted", "Non database file or corrupted db"},
    {kErrInvalidDatabaseVersion, "JET_errInvalidDatabaseVersion",
     "Database engine is incompatible with database"},
    {kErrPageSizeMismatch, "JET_errPageSizeMismatch",
     "The database page size does not match the engine"},
    {kErrFileInvalidType, "JET_errFileInvalidType", "Invalid file type"},
};

}  // namespace

EseErrorName ese_error_name(int number) noexcept {
  for (const EseErrorName& known : kNames)
    if (known.number == number) return known;
  return {.number = number};
}

std::string named_ese_error(int number) {
  const EseErrorName known = ese_error_name(number);
  return known.name.empty() ? fmt::format("{}", number) : fmt::format("{} {}", known.name, number);
}

}  // namespace tintype
