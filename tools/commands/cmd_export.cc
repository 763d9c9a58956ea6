#include <fmt/format.h>

#include "engine/image/read/image_reader.h"
#include "engine/job/export_job.h"
#include "io/folder/folder_map.h"
#include "tools/cli/options/restore_commands.h"
#include "tools/cli/options/served_commands.h"
#include "tools/commands/shared/plugin_path.h"
#include "tools/commands/shared/select_image.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

std::string report(const ExportOptions& job, const ExportOutcome& outcome, std::size_t width) {
  return fmt::format("{} -> {}\n", printable(job.image.path), printable(job.target)) +
         fact_line("format", to_string(job.format), width) +
         fact_line("volume", bytes_text(outcome.volume_bytes), width) +
         fact_line("data", bytes_text(outcome.data_bytes) + ", the rest are holes", width) +
         fact_line("file", bytes_text(outcome.file_bytes), width) +
         fact_line("time",
                   fmt::format("{}, {}", duration_text(outcome.seconds),
                               rate_text(outcome.data_bytes, outcome.seconds)),
                   width) +
         fact_line("qemu-img",
                   fmt::format("{}compare: identical, read from the {}",
                               outcome.checked ? "check: sound; " : "",
                               outcome.read_back == ReadBack::direct ? "medium" : "page cache"),
                   width);
}

JsonObject json_of(const ExportOptions& job, const ExportOutcome& outcome) {
  return JsonObject()
      .add("image", job.image.path)
      .add("target", job.target)
      .add("format", to_string(job.format))
      .add("volume_bytes", outcome.volume_bytes)
      .add("data_bytes", outcome.data_bytes)
      .add("file_bytes", outcome.file_bytes)
      .add("checked", outcome.checked)
      .add("read_back", to_string(outcome.read_back))
      .add("unreadable_bytes", total_bytes(outcome.unreadable));
}

// What cannot be opened is told by whoever opens it next.
bool is_folder(const std::string& what, const SetFilter& filter) {
  const auto selection = select_one(what, filter);
  if (!selection) return false;
  const auto image = ImageReader::open(selection->images[0]);
  return image && image->epilogue().filesystem == kFolderType;
}

}  // namespace

ExitCode run_command(Session& session, const ExportCommand& command) {
  if (command.job.format == DiskFormat::raw && !is_folder(command.what, session.common().sets))
    return run_command(session, RestoreCommand{.what = command.what,
                                               .job = {.target = command.job.target,
                                                       .overwrite = command.job.overwrite,
                                                       .permissions = command.job.permissions,
                                                       .pass = command.pass},
                                               .yes = command.yes});
  ExportOptions job = command.job;
  session.start(JsonObject().add("what", command.what).add("target", job.target));
  if (const auto fine = refuse_set_name(job.target, "a new file"); !fine)
    return session.fail(fine.error());
  const PartName part = parse_part_name(command.what);
  job.partition = part.partition;
  const auto selection = select_one(part.what, session.common().sets);
  if (!selection) return session.fail(selection.error());
  job.image = selection->images[0];
  if (const auto image = ImageReader::open(job.image); !image) return session.fail(image.error());
  const auto plugin = plugin_path();
  if (!plugin) return session.fail(ExitCode::failed, plugin.error());
  job.plugin = *plugin;
  if (const auto refused =
          ask_to_overwrite(session, job.target, job.overwrite, command.yes, /*dry_run=*/false))
    return *refused;

  const auto outcome = [&] {
    ToolMonitor monitor(session, "export");
    return run_export(job, monitor);
  }();
  if (!outcome)
    return fail_job(session, outcome.error(), failure_code(outcome.error()),
                    "nothing is left behind");

  const ExitCode code = outcome->unreadable.empty() ? ExitCode::sound : ExitCode::findings;
  std::vector<UnreadableRange> unreadable;
  for (const Extent& range : outcome->unreadable) unreadable.push_back({.range = range});
  session.begin_report(code);
  session.print(report(job, *outcome, session.width()) +
                findings_text({}, unreadable, session.width()));
  warn_of_findings(session, *selection, part.what);
  session.print_verdict(code == ExitCode::findings
                            ? "exported, with holes that the backup could not read. exit 3"
                            : "exported, compared equal. exit 0",
                        code);
  write_findings(session, job.image.path, {}, unreadable);
  return session.finish(code, json_of(job, *outcome));
}

}  // namespace tintype
