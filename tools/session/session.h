// One run of one command: where its text, events, warnings and errors go, and how it asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/result.h"
#include "tools/cli/common_options.h"
#include "tools/session/job_control.h"
#include "tools/session/json_events.h"
#include "tools/session/progress_view.h"
#include "tools/session/tool_env.h"
#include "tools/text/exit_code.h"

namespace tintype {

// What an error of a set or an image means: damaged if it is their own, else the environment
// failed.
[[nodiscard]] ExitCode failure_code(const Error& error);

class Session {
 public:
  Session(ToolEnv& env, const CommonOptions& common, std::string_view command);

  [[nodiscard]] ToolEnv& env() noexcept { return env_; }
  [[nodiscard]] const CommonOptions& common() const noexcept { return common_; }
  [[nodiscard]] const std::string& command() const noexcept { return command_; }
  [[nodiscard]] bool json() const noexcept { return common_.json; }
  // Of the terminal on standard output; 80 where there is none.
  [[nodiscard]] std::size_t width() const;

  void start(const JsonObject& members);  // the "start" event
  // An event, if --json.
  void event(std::string_view type, const JsonObject& members);
  // From here on print() tells a job's report: -q silences it if all is well.
  void begin_report(ExitCode code);
  // Text for people on standard output, unless --json.
  void print(std::string_view text);
  // The last line of a report, coloured on a terminal.
  void print_verdict(std::string_view line, ExitCode code);
  // One line on standard error, and an event: must be seen even with -q.
  void warn(std::string_view line);
  void report_error(const Error& error);
  // What was warned of so far, the first of it.
  static constexpr std::size_t kWarningsKeptMax = 100;
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  // Asks on the terminal; --yes answers. Without either the answer is no, with an explanation.
  [[nodiscard]] bool confirm(std::string_view question, bool yes);

  // Every command ends in one of these: the "summary" event, and the exit code.
  [[nodiscard]] ExitCode finish(ExitCode code, JsonObject members = {});
  // Wrong usage is told with the command's --help.
  [[nodiscard]] ExitCode fail(ExitCode code, Error error);
  [[nodiscard]] ExitCode fail(const Error& error) { return fail(failure_code(error), error); }
  // confirm() said no. `stays`: "nothing was removed"; `or_else`: what could be done instead.
  [[nodiscard]] ExitCode not_confirmed(std::string_view stays, std::string_view or_else = {});

 private:
  ToolEnv& env_;
  CommonOptions common_;
  std::string command_;
  JsonEvents events_;
  std::vector<std::string> warnings_;
  bool silent_ = false;
  double started_at_;
};

// The monitor of a running job: progress, remarks, and the signals' way in.
class ToolMonitor : public JobMonitor {
 public:
  // `copying`: what this command calls the copy phase. `recorder`: see JobMonitor.
  ToolMonitor(Session& session, std::string_view copying, JobRecorder* recorder = nullptr);
  ~ToolMonitor() override;

  void progress(const Progress& progress) override;
  void set_begun(std::string_view name) override;
  void detail(std::string_view line) override;
  void warning(std::string_view line) override;

 private:
  Session& session_;
  ProgressView view_;
  JsonEvents events_;
  JobControl control_;
};

// The exit code of a job's error: interrupted, or `otherwise`.
[[nodiscard]] ExitCode exit_code_of(const Error& error, const Signals& signals, ExitCode otherwise);

}  // namespace tintype
