#include "verify/ese_error_names.h"

#include <fmt/format.h>

namespace tintype {
namespace {

constexpr EseErrorName kNames[] = {
    {-501, "JET_errLogFileCorrupt", "Log file is corrupt"},
    {-513, "JET_errLogGenerationMismatch",
     "Name of logfile does not match internal generation number"},
    {-514, "JET_errBadLogVersion", "Version of log file is not compatible with Jet version"},
    {-515, "JET_errInvalidLogSequence", "Timestamp in next log does not match expected"},
    {-528, "JET_errMissingLogFile", "Current log file missing"},
    {-530, "JET_errBadLogSignature", "Bad signature for a log file"},
    {-532, "JET_errBadCheckpointSignature", "Bad signature for a checkpoint file"},
    {-533, "JET_errCheckpointCorrupt", "Checkpoint file not found or corrupt"},
    {-539, "JET_errDatabaseLogSetMismatch",
     "Database does not belong with the current set of log files"},
    {-541, "JET_errLogFileSizeMismatch",
     "Actual log file size does not match JET_paramLogFileSize"},
    {-543, "JET_errRequiredLogFilesMissing", "The required log files for recovery is missing."},
    {-570, "JET_errLogTornWriteDuringHardRestore",
     "torn-write was detected in a backup set during hard restore"},
    {-582, "JET_errCommittedLogFilesMissing",
     "One or more logs that were committed to this database, are missing."},
    {-590, "JET_errLogSequenceChecksumMismatch",
     "The previous log's accumulated segment checksum doesn't match the next log"},
    {-612, "JET_errLogReadVerifyFailure", "Checksum error in log file during backup"},
    {-1018, "JET_errReadVerifyFailure", "Checksum error on a database page"},
    {-1118, "JET_errReadPgnoVerifyFailure",
     "The database page read from disk had the wrong page number."},
    {-1119, "JET_errReadLostFlushVerifyFailure",
     "The database page read from disk had a previous write not represented on the page."},
    {-1206, "JET_errDatabaseCorrupted", "Non database file or corrupted db"},
    {-1209, "JET_errInvalidDatabaseVersion", "Database engine is incompatible with database"},
    {-1213, "JET_errPageSizeMismatch", "The database page size does not match the engine"},
    {-1812, "JET_errFileInvalidType", "Invalid file type"},
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
