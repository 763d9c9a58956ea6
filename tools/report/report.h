// --report FILE: from the look at its place before the job begins to the page with its name. A
// command without it uses the same object, which then does nothing. A page that cannot be written
// is a warning, now and at the end: it costs no job, and no job's exit code. (Of a bench it is all
// that was asked for: there it is an error.)
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/monitor/job_recorder.h"
#include "io/file/durable_file.h"
#include "io/file/file_lock.h"
#include "tools/report/report_body.h"
#include "tools/session/session.h"

namespace tintype {

class Report {
 public:
  enum class Need : std::uint8_t { optional, required };
  // `path` is what --report says; "": no report.
  Report(Session& session, std::string path, Need need = Need::optional)
      : session_(session), path_(std::move(path)), need_(need) {}

  // Before anything is done: takes the name, or says why there will be no page. A page that is
  // there stays until the new one takes its place; anything else that is there stays. An exit code
  // if the command cannot be meant so. `taken` is what the job itself writes, "" if nothing;
  // `sources` what it reads, which the page must not be, nor lie on.
  [[nodiscard]] std::optional<ExitCode> begin(std::string_view taken,
                                              const std::vector<std::string>& sources = {});

  [[nodiscard]] bool wanted() const noexcept { return !path_.empty(); }
  // What the job's monitor is to have; null if no report is wanted.
  [[nodiscard]] JobRecorder* recorder() noexcept { return recorder_ ? &*recorder_ : nullptr; }

  // What the page tells besides its outcome, in this order: numbers on top, findings, then charts,
  // then details.
  std::vector<ReportBody::Row> tiles, options;
  ReportBody findings, details;
  // Done, but not without a word of warning: shown in that colour.
  bool remarks = false;
  // Members of the page's JSON, besides those of the outcome.
  JsonObject data;

  // The page gets its name, and the summary a member that tells it. False: there is none although
  // one was asked for, which is said again; what the job did is not touched by that.
  bool finish(ExitCode code, std::string_view verdict, JsonObject& summary);
  // The same for a job that ended in an error.
  void fail(ExitCode code, const Error& error);

 private:
  Result<void> take_name();
  [[nodiscard]] std::optional<ExitCode> do_without(ExitCode code, const Error& why);
  [[nodiscard]] std::string page(ExitCode code, std::string_view verdict,
                                 const JsonObject& summary);

  Session& session_;
  std::string path_;
  Need need_;
  std::string problem_;  // why there is none although one was asked for
  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  std::optional<JobRecorder> recorder_;
  std::optional<DurableFile> file_;
  std::optional<FileLock> lock_;  // of the file that is written: two runs must not share one
};

}  // namespace tintype
