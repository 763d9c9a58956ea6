#include "tools/report/pass_report.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/guard/target_guard.h"
#include "tools/text/report_text.h"
#include "tools/text/target_text.h"
#include "tools/text/units.h"

namespace tintype {

std::string time_line(const PassOutcome& outcome, std::size_t width) {
  std::string text = fmt::format("{}, {} read", duration_text(outcome.seconds),
                                 rate_text(outcome.read_bytes, outcome.seconds));
  if (outcome.limiting != Stage::none)
    text += fmt::format(", limited by: {}", to_string(outcome.limiting));
  return fact_line("time", text, width);
}

std::string volume_lines(const PassOutcome& outcome, std::size_t width) {
  std::string captured = bytes_of_text(outcome.captured_bytes, outcome.volume_bytes);
  if (outcome.captured_bytes < outcome.volume_bytes) captured += " (free space is not captured)";
  return fact_line("filesystem", filesystem_text(outcome.filesystem, outcome.label), width) +
         fact_line("captured", captured, width);
}

std::optional<ExitCode> ask_to_overwrite(Session& session, const std::string& target,
                                         bool overwrite, bool yes, bool dry_run) {
  std::error_code ignored;
  if (dry_run || !overwrite || !std::filesystem::exists(target, ignored)) return std::nullopt;
  // Nobody is asked about what cannot be done.
  if (const auto usable = check_target_usable(target); !usable)
    return session.fail(ExitCode::failed, usable.error());
  if (yes || std::filesystem::is_directory(target, ignored)) return std::nullopt;
  const std::string what = target_text(target);
  if (session.confirm(
          fmt::format("{} {} will be overwritten.",
                      std::filesystem::is_block_file(target, ignored) ? "The device" : "The file",
                      what),
          yes))
    return std::nullopt;
  return session.not_confirmed(what + " stays as it is");
}

ExitCode fail_job(Session& session, const Error& error, ExitCode otherwise,
                  std::string_view left_behind, Report* report) {
  const ExitCode code = exit_code_of(error, session.env().signals, otherwise);
  const Error told = code == otherwise
                         ? error
                         : Error{error.code, fmt::format("interrupted; {}", left_behind), ""};
  if (report != nullptr) report->fail(code, told);
  return session.fail(code, told);
}

}  // namespace tintype
