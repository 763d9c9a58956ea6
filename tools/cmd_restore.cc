#include <fmt/format.h>

#include <filesystem>

#include "engine/image/image_reader.h"
#include "engine/job/restore_job.h"
#include "tools/commands.h"
#include "tools/pass_report.h"
#include "tools/report_json.h"
#include "tools/report_text.h"
#include "tools/select_image.h"
#include "tools/text.h"
#include "tools/units.h"

namespace tintype {
namespace {

std::string left_behind(const RestoreOptions& job) {
  std::error_code ignored;
  if (std::filesystem::is_block_file(job.target, ignored))
    return fmt::format("{} holds an incomplete volume", job.target);
  if (std::filesystem::exists(job.target, ignored))
    return fmt::format("{} is incomplete: remove it", job.target);
  return "nothing is left behind";
}

}  // namespace

ExitCode run_command(Session& session, const RestoreCommand& command) {
  session.start(JsonObject().add("what", command.what).add("target", command.job.target));
  const auto selection = select_one(command.what);
  if (!selection) return session.fail(ExitCode::failed, selection.error());
  RestoreOptions job = command.job;
  job.image = selection->images[0];
  // A damaged image is told apart from a failing environment before anything is asked or written.
  if (const auto image = ImageReader::open(job.image); !image)
    return session.fail(image.error().code ? ExitCode::failed : ExitCode::damaged, image.error());
  if (const auto refused =
          ask_to_overwrite(session, job.target, job.overwrite, command.yes, job.dry_run))
    return *refused;

  const auto outcome = [&] {
    ToolMonitor monitor(session, "restore");
    return run_restore(job, monitor);
  }();
  if (!outcome)
    return fail_job(
        session, outcome.error(),
        outcome.error().code == std::errc::bad_message ? ExitCode::damaged : ExitCode::failed,
        left_behind(job));

  const ExitCode code = outcome->sound() ? ExitCode::sound : ExitCode::findings;
  const std::size_t width = session.width();
  session.begin_report(code);
  std::string text = fmt::format("{} -> {}\n", printable(job.image), printable(job.target));
  text += volume_lines(*outcome, width);
  if (!outcome->dry_run) {
    text += time_line(*outcome, width);
    text +=
        fact_line("read back", read_back_text(outcome->read_back, outcome->read_back_bytes), width);
  }
  if (!outcome->target_note.empty()) text += fact_line("partitions", outcome->target_note, width);
  text += findings_text({}, outcome->unreadable, width) +
          folder_problems_text(outcome->folder_problems, width);
  session.print(text);
  if (!selection->set_path.empty() && !selection->manifest.sound && !outcome->dry_run)
    session.warn(fmt::format("the backup has findings: tintype show {}", command.what));
  session.print_verdict(
      outcome->dry_run
          ? fmt::format("dry run, nothing was written. exit {}", static_cast<int>(code))
      : outcome->folder_problems.total != 0
          ? "restored, but not all of it as it was: see above. exit 3"
      : code == ExitCode::findings   ? "restored, with holes that the backup could not read. exit 3"
      : outcome->read_back == "none" ? "restored, NOT READ BACK. exit 0"
                                     : "restored, read back equal. exit 0",
      code);
  write_findings(session, job.image, {}, outcome->unreadable);
  write_findings(session, job.image, outcome->folder_problems);
  return session.finish(
      code,
      JsonObject().add("image", job.image).add("target", job.target).merge(to_json(*outcome)));
}

}  // namespace tintype
