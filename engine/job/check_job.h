// Front door: files by themselves, ESE's as eseutil /k, /ml and /mk check them. One file, the logs
// of one stream, or a folder: its log streams are judged as a backup judges them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "engine/survey/check_files.h"
#include "io/result.h"
#include "verify/ese/stream/ese_log_stream.h"
#include "verify/formats/database_formats.h"

namespace tintype {

struct CheckOptions {
  std::string file;  // or a folder, or the base of a log stream: "Logs/E00"
  PassOptions pass;
  DatabaseFormats formats = database_formats();
};

// A log, checkpoint, flush map or spare log.
struct CheckedStreamFile {
  EseFileKind kind{};
  FileReport report;
  std::optional<EseLogFacts> log;
};

struct CheckOutcome {
  CheckSubject subject = CheckSubject::file;
  std::string base;                             // of a log set
  PassOutcome pass;                             // its `databases` has the databases' reports
  std::vector<CheckedStreamFile> stream_files;  // sorted by path
  std::vector<EseStreamReport> streams;         // of a log set or folder

  // Every file of it whole and sound, every stream recoverable, every chain of logs unbroken.
  [[nodiscard]] bool sound() const noexcept;
};

// What is no file of a format or a log stream is an error; what is wrong with one is a finding.
[[nodiscard]] Result<CheckOutcome> run_check(const CheckOptions& options, JobMonitor& monitor);

// Whole, and no page, header or copy of it fails its checksum, where one flipped bit is forgiven: a
// check is as strict as eseutil, which counts a damaged header that has a sound shadow as well.
[[nodiscard]] bool passes_check(const FileReport& report) noexcept;

// Whether a judged stream is a reason not to call a check good: one without databases is a set of
// logs, and what breaks its chain does.
[[nodiscard]] bool spoils_check(const EseStreamReport& stream) noexcept;

}  // namespace tintype
