#include <fmt/format.h>

#include <algorithm>

#include "engine/job/backup_job.h"
#include "engine/job/confirm_preflight.h"
#include "engine/repository/left_overs.h"
#include "engine/repository/repository.h"
#include "hashing/counted.h"
#include "tools/cli/options/backup_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/report/job_report.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/gate_text.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"
#include "verify/ese/ese_events.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

std::string ratio_text(const PassOutcome& pass) {
  if (pass.written_bytes == 0) return bytes_text(0);
  return fmt::format(
      "{}, ratio {:.2f}", bytes_text(pass.written_bytes),
      static_cast<double>(pass.captured_bytes) / static_cast<double>(pass.written_bytes));
}

std::string volume_text(const VolumeManifest& volume, const PassOutcome& pass, std::size_t width) {
  std::string text = fmt::format("{} ({})\n", printable(volume.name), printable(volume.source));
  text += volume_lines(pass, width);
  if (pass.dry_run) {
    text += fact_line("to read", bytes_text(pass.read_bytes), width);
  } else {
    text += fact_line("stored", ratio_text(pass), width);
    text += time_line(pass, width);
    text += fact_line("read back", read_back_text(pass.read_back, pass.read_back_bytes), width);
  }
  if (pass.dry_run && !pass.databases.empty()) {
    text += "  databases\n";
    for (const FileReport& report : pass.databases)
      text += fmt::format("    {}  {}\n", printable(report.path),
                          report.checked() ? "will be checked" : database_verdict(report));
  } else {
    text += databases_text(pass.databases, pass.databases_not_checked, width);
    text += findings_text(pass.databases, pass.unreadable, width);
  }
  return text + folder_problems_text(pass.folder_problems, width);
}

std::string forecast_text(const BackupOutcome& outcome, std::size_t width) {
  std::string text;
  for (const auto& [directory, streams] : outcome.forecasts)
    for (const TruncationForecast& stream : streams) {
      const std::string what = stream.logs.empty()
                                   ? fmt::format("no log files could be truncated: {}", stream.why)
                                   : fmt::format("{}, {} to {}, if the backup comes out sound",
                                                 counted(stream.logs.size(), "log file"),
                                                 stream.logs.front(), stream.logs.back());
      text += fact_line(
          "would go", printable(fmt::format("{} in {}: {}", stream.base, directory, what)), width);
    }
  return text;
}

std::vector<JsonObject> forecast_json(const BackupOutcome& outcome) {
  std::vector<JsonObject> all;
  for (const auto& [directory, streams] : outcome.forecasts)
    for (const TruncationForecast& stream : streams)
      all.push_back(JsonObject()
                        .add("directory", directory)
                        .add("base", stream.base)
                        .add("gen_checkpoint", stream.gen_checkpoint)
                        .add("logs", stream.logs)
                        .add("why", stream.why));
  return all;
}

bool source_changed(const VolumeManifest& volume) {
  return !volume.folder && volume.folder_problems.total != 0;
}

std::string verdict_of(const BackupOutcome& outcome, bool dry_run, ExitCode code) {
  if (dry_run) return fmt::format("dry run, nothing was written. exit {}", static_cast<int>(code));
  if (code == ExitCode::unconfirmed)
    return "backup kept and good, but NOT CONFIRMED: see above. exit 5";
  if (code == ExitCode::damaged) return "the backup's image is DAMAGED: logs must stay. exit 4";
  if (code == ExitCode::findings)
    return std::ranges::any_of(outcome.manifest.volumes, source_changed)
               ? "backup kept, but the source changed while it was read: logs must stay. exit 3"
               : "backup kept, with findings: logs must stay. exit 3";
  bool not_checked = false, not_read_back = false, none = true;
  for (const PassOutcome& pass : outcome.volumes) {
    not_checked |= !pass.databases_not_checked.empty();
    not_read_back |= pass.read_back == ReadBack::none;
    none &= pass.databases.empty();
  }
  std::string verdict = "backup kept";
  verdict += not_read_back ? ", NOT READ BACK" : ", read back equal";
  verdict += not_checked ? ", databases NOT CHECKED"
             : none      ? ", no databases in it"
                         : ", databases sound";
  return verdict + ". exit 0";
}

ExitCode code_of(const BackupOutcome& outcome) {
  for (const PassOutcome& pass : outcome.volumes)
    if (!pass.sound()) return ExitCode::findings;
  for (const EseStreamReport& stream : outcome.manifest.streams)
    if (spoils_backup(stream)) return ExitCode::findings;
  if (!outcome.confirmation || outcome.confirmation->ok()) return ExitCode::sound;
  // What was read back equal a moment ago, and is not any more, is no backup.
  return outcome.confirmation->damage.empty() ? ExitCode::unconfirmed : ExitCode::damaged;
}

std::optional<bool> verdict_on(const BackupOutcome& outcome, ExitCode code) {
  if (code == ExitCode::findings || code == ExitCode::damaged) return false;
  for (const PassOutcome& pass : outcome.volumes)
    if (!pass.verdict()) return std::nullopt;
  return true;
}

// The unfinished set that this run left, "" if there is none.
std::string left_behind(const BackupOptions& options) {
  const auto repository = Repository::open(options.repository);
  if (!repository) return {};
  const auto all = left_overs(*repository);
  if (!all) return {};
  const BegunRecord here = begun_here();
  for (const LeftOver& one : *all)
    if (one.begun && same_process(*one.begun, here))
      return fmt::format(
          "the unfinished set {} stays ({}); the next backup of the same source takes its place, "
          "tintype versions {} --remove-unfinished removes it now",
          one.name, bytes_text(one.bytes), repository->path());
  return {};
}

void describe(Report& report, const BackupOutcome& outcome) {
  FindingRows findings;
  std::vector<NamedOutcome> passes;
  for (std::size_t i = 0; i < outcome.volumes.size(); ++i) {
    const VolumeManifest& volume = outcome.manifest.volumes[i];
    const PassOutcome& pass = outcome.volumes[i];
    passes.push_back({volume.name, &pass});
    findings.add(volume.name, pass);
    if (i >= kReportDetailsMax) continue;
    report.details.section("Volume " + volume.name);
    std::vector<ReportBody::Row> facts{
        {"source", volume.source},
        {"image", fmt::format("{}, {}", volume.image, bytes_text(volume.image_bytes))},
        {"stored", ratio_text(pass)},
        {"chunks", bytes_text(volume.chunk_bytes)},
        {"compression", volume.compression}};
    const auto more = pass_facts(pass);
    facts.insert(facts.end(), more.begin(), more.end());
    report.details.facts(facts);
  }
  if (outcome.volumes.size() > kReportDetailsMax)
    report.details.paragraph(fmt::format(
        "... and {}", counted(outcome.volumes.size() - kReportDetailsMax, "more volume")));
  findings.add(outcome.manifest.streams);
  add_tiles(report, passes, findings.write(report.findings));
  add_databases(report.findings, passes);
  add_streams(report.findings, outcome.manifest.streams);
  add_gates(report.findings, outcome.manifest.gates);
  if (outcome.confirmation) add_confirmation(report.findings, *outcome.confirmation);
  report.options.insert(report.options.begin(), {{"backup set", outcome.manifest.name},
                                                 {"set's folder", outcome.set_path}});
}

void add_options(Report& report, const BackupOptions& job, const CommonOptions& common) {
  std::string logs;
  for (const std::string& folder : job.confirm.truncate_directories)
    logs += (logs.empty() ? "" : ", ") + folder;
  report.options = {{"backup type", to_string(job.type)},
                    {"repository", job.repository},
                    {"all blocks", std::string(yes_or_no(job.all_blocks))},
                    {"stock lz4", std::string(yes_or_no(job.stock))},
                    {"read back", std::string(yes_or_no(job.read_back))},
                    {"all databases asserted", std::string(yes_or_no(job.all_databases))},
                    {"source in use allowed", std::string(yes_or_no(job.allow_source_in_use))},
                    {"logs to truncate in", logs},
                    {"command to confirm", job.confirm.on_confirm}};
  add_database_options(report, job.databases);
  add_pass_options(report, job.pass, common);
}

// What is told before anything is taken or read.
std::optional<ExitCode> refuse(Session& session, const BackupOptions& job) {
  if (const auto fine = refuse_set_name(job.repository, "a repository"); !fine)
    return session.fail(fine.error());
  for (const BackupOptions::Source& source : job.volumes)
    if (const auto fine = refuse_set_name(source.path, "a volume"); !fine)
      return session.fail(fine.error());
  if (const auto live = check_live_logs(job.confirm); !live && !job.dry_run)
    return session.fail(ExitCode::usage, live.error());
  return std::nullopt;
}

void tell_volumes(Session& session, const BackupOutcome& outcome) {
  for (std::size_t i = 0; i < outcome.volumes.size(); ++i) {
    const VolumeManifest& volume = outcome.manifest.volumes[i];
    const PassOutcome& pass = outcome.volumes[i];
    session.print(volume_text(volume, pass, session.width()));
    write_findings(session, volume.name, pass.databases, pass.unreadable);
    write_findings(session, volume.name, pass.folder_problems);
  }
}

// Which logs are covered, which may go or went, and why not.
void tell_logs(Session& session, const BackupOptions& job, const BackupOutcome& outcome) {
  const std::size_t width = session.width();
  session.print(forecast_text(outcome, width));
  session.print(streams_text(outcome.manifest.streams, width));
  // Why no log may go is a long story, and after a copy nobody asks for it.
  if (job.type == BackupType::full)
    for (const GateRecord& gate : outcome.manifest.gates) session.print(gate_text(gate, width));
  else if (!outcome.manifest.gates.empty())
    session.print(fact_line("logs",
                            "stay: only a --full backup may let logs go ('tintype show' of "
                            "the set lists every precondition)",
                            width));
  if (outcome.confirmation) session.print(confirmation_text(*outcome.confirmation, false, width));
}

std::vector<JsonObject> volumes_json(const BackupOutcome& outcome) {
  std::vector<JsonObject> volumes;
  for (std::size_t i = 0; i < outcome.volumes.size(); ++i) {
    const VolumeManifest& volume = outcome.manifest.volumes[i];
    volumes.push_back(JsonObject()
                          .add("name", volume.name)
                          .add("source", volume.source)
                          .add("image", volume.image)
                          .add("image_bytes", volume.image_bytes)
                          .add("folder", volume.folder)
                          .merge(to_json(outcome.volumes[i])));
  }
  return volumes;
}

JsonObject summary_of(const Session& session, const BackupOptions& job,
                      const BackupOutcome& outcome, ExitCode code) {
  std::string streams;
  if (session.json())
    for (const EseStreamReport& stream : outcome.manifest.streams)
      streams += (streams.empty() ? "" : ",") + to_json_line(stream);
  JsonObject summary;
  summary.add("set", outcome.manifest.name)
      .add("path", outcome.set_path)
      .add("backup_type", to_string(job.type))
      .add_raw("sound", verdict_word(verdict_on(outcome, code)))
      .add("volumes", volumes_json(outcome))
      .add_raw("streams", "[" + streams + "]")
      .add("gates", gates_json(outcome.manifest.gates));
  if (job.dry_run)
    summary.add("would_go", forecast_json(outcome));
  else
    summary.add("event", kEventBackupCompleted);
  if (outcome.confirmation) summary.add("confirmation", confirmation_json(*outcome.confirmation));
  return summary;
}

}  // namespace

ExitCode run_command(Session& session, const BackupCommand& command) {
  const BackupOptions& job = command.job;
  std::vector<std::string> sources;
  for (const auto& source : job.volumes) sources.push_back(source.path);
  session.start(JsonObject()
                    .add("repository", job.repository)
                    .add("backup_type", to_string(job.type))
                    .add("volumes", sources));
  if (const auto refused = refuse(session, job)) return *refused;
  Report report(session, command.report);
  if (const auto refused = report.begin("", sources)) return *refused;
  add_options(report, job, session.common());
  const auto outcome = [&] {
    ToolMonitor monitor(session, "copy", report.recorder());
    return run_backup(job, monitor);
  }();
  if (!outcome) {
    const std::string left = left_behind(job);
    // An interruption says it in its own line.
    if (!left.empty() && outcome.error().code != std::errc::operation_canceled) session.warn(left);
    return fail_job(session, outcome.error(), ExitCode::failed,
                    left.empty() ? "nothing is left behind" : left, &report);
  }

  const ExitCode code = code_of(*outcome);
  session.begin_report(code);
  tell_volumes(session, *outcome);
  tell_logs(session, job, *outcome);
  if (!job.dry_run)
    session.print(
        fmt::format("{} backup, set {}\n", to_string(job.type), printable(outcome->set_path)));
  JsonObject summary = summary_of(session, job, *outcome, code);
  const std::string verdict = verdict_of(*outcome, job.dry_run, code);
  if (report.wanted()) describe(report, *outcome);
  report.finish(code, verdict, summary);
  session.print_verdict(verdict, code);
  return session.finish(code, std::move(summary));
}

}  // namespace tintype
