#include "tools/session/session.h"

#include <fmt/format.h>

#include <csignal>

#include "engine/version.h"
#include "tools/session/worker_board.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

// Colour is a decoration: only on a terminal that has it and whose owner wants it.
bool wants_colour(const ToolEnv& env) {
  const auto no_colour = env.variable("NO_COLOR"), term = env.variable("TERM");
  return env.out_terminal && !(no_colour && !no_colour->empty()) && term && *term != "dumb";
}

std::string_view colour_of(ExitCode code) {
  switch (code) {
    case ExitCode::sound:
      return "\x1b[32m";
    case ExitCode::findings:
      return "\x1b[33m";
    default:
      return "\x1b[31m";
  }
}

}  // namespace

ExitCode failure_code(const Error& error) {
  if (is_usage_error(error)) return ExitCode::usage;
  return error.code == std::errc::bad_message ? ExitCode::damaged : ExitCode::failed;
}

Session::Session(ToolEnv& env, const CommonOptions& common, std::string_view command)
    : env_(env), common_(common), command_(command), events_(env.out), started_at_(env.now()) {}

std::size_t Session::width() const {
  return env_.out_terminal ? std::max(env_.columns(), 40u) : 80;
}

void Session::start(const JsonObject& members) {
  event("start",
        JsonObject().add("command", command_).add("program", program_version()).merge(members));
}

void Session::event(std::string_view type, const JsonObject& members) {
  if (common_.json) events_.write(type, members);
}

void Session::begin_report(ExitCode code) {
  silent_ = common_.quiet && code == ExitCode::sound;
}

void Session::print(std::string_view text) {
  if (!common_.json && !silent_) env_.out << text << std::flush;
}

void Session::print_verdict(std::string_view line, ExitCode code) {
  const bool colour = wants_colour(env_);
  print(fmt::format("{}{}{}\n", colour ? colour_of(code) : "", line, colour ? "\x1b[0m" : ""));
}

void Session::warn(std::string_view line) {
  if (warnings_.size() < kWarningsKeptMax) warnings_.emplace_back(line);
  env_.err << "tintype: warning: " << printable(line) << '\n' << std::flush;
  event("warning", JsonObject().add("text", line));
}

void Session::report_error(const Error& error) {
  env_.err << "tintype: " << printable(error.line()) << '\n' << std::flush;
  event("error", JsonObject().add("text", error.what).add("hint", error.hint));
}

bool Session::confirm(std::string_view question, bool yes) {
  if (yes) return true;
  if (!env_.in_terminal || !env_.err_terminal) return false;
  env_.err << printable(question) << " Type yes to go on: " << std::flush;
  std::string answer;
  std::getline(env_.in, answer);
  return answer == "yes";
}

ExitCode Session::finish(ExitCode code, JsonObject members) {
  members.add("seconds", env_.now() - started_at_);
  event("summary", JsonObject()
                       .add("command", command_)
                       .add("exit_code", static_cast<int>(code))
                       .merge(members));
  if (env_.board != nullptr) env_.board->ended.store(true);
  return code;
}

ExitCode Session::fail(ExitCode code, Error error) {
  if (is_usage_error(error)) code = ExitCode::usage;
  if (code == ExitCode::usage)
    error.hint += fmt::format("{}see tintype {} --help", error.hint.empty() ? "" : "; ", command_);
  report_error(error);
  return finish(code, JsonObject().add("error", error.line()));
}

ExitCode Session::not_confirmed(std::string_view stays, std::string_view or_else) {
  const Error error{{},
                    fmt::format("not confirmed: {}", stays),
                    fmt::format("add --yes, or answer yes on a terminal{}{}",
                                or_else.empty() ? "" : "; ", or_else)};
  report_error(error);
  return finish(ExitCode::usage, JsonObject().add("error", error.line()));
}

ToolMonitor::ToolMonitor(Session& session, std::string_view copying, JobRecorder* to)
    : session_(session),
      view_(session.env(), {.mode = session.common().progress,
                            .copying = copying,
                            .shares = session.common().verbosity >= 2}),
      events_(session.env().out),
      control_(session.command(), session.env().process_id, limits) {
  recorder = to;
  limits.read_bytes_per_second = session.common().read_limit;
  limits.write_bytes_per_second = session.common().write_limit;
  if (const std::string& folder = session.env().job_folder; !folder.empty())
    if (const auto open = control_.open(folder); !open)
      detail("tintype limit cannot reach this job: " + open.error().line());
  Signals& signals = session.env().signals;
  signals.stop_flag.store(&stop_requested);
  if (signals.stop.load() != 0) stop_requested.store(true);
}

ToolMonitor::~ToolMonitor() {
  session_.env().signals.stop_flag.store(nullptr);
}

void ToolMonitor::progress(const Progress& progress) {
  control_.update(progress);
  view_.update(progress);
  if (session_.json()) events_.progress(progress, session_.env().now());
  if (session_.env().signals.status_wanted.exchange(false)) view_.print_status();
}

void ToolMonitor::set_begun(std::string_view name) {
  control_.set_begun(name);
  if (WorkerBoard* const board = session_.env().board) board->set.write(name);
}

void ToolMonitor::detail(std::string_view line) {
  session_.event("detail", JsonObject().add("text", line));
  if (session_.common().verbosity > 0) view_.print_line(printable(line));
}

void ToolMonitor::warning(std::string_view line) {
  view_.clear();
  session_.warn(line);
}

ExitCode exit_code_of(const Error& error, const Signals& signals, ExitCode otherwise) {
  if (error.code != std::errc::operation_canceled) return otherwise;
  switch (signals.stop.load()) {
    case 0:  // some file system's own word
      return otherwise;
    case SIGTERM:
      return ExitCode::terminated;
    case SIGHUP:
      return ExitCode::hung_up;
    default:
      return ExitCode::interrupted;
  }
}

}  // namespace tintype
