#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/guard/job_target.h"
#include "engine/guard/original_place.h"
#include "engine/guard/target_guard.h"
#include "engine/image/read/image_reader.h"
#include "engine/restore/restore_job.h"
#include "tools/cli/options/restore_commands.h"
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

std::string left_behind(const RestoreOptions& job) {
  std::error_code ignored;
  const std::string go_on = job.keep_unfinished ? ": --resume goes on from here" : "";
  if (std::filesystem::is_block_file(job.target, ignored))
    return fmt::format("{} holds an incomplete volume{}", job.target, go_on);
  const bool exists = std::filesystem::exists(job.target, ignored);
  if (exists && (job.in_place || job.only_different))
    return fmt::format("{} is incomplete{}", job.target,
                       go_on.empty() ? ": restore it again, or remove it" : go_on);
  const std::string old = exists ? fmt::format("{} is as it was", job.target) : "";
  if (const std::string aside = JobTarget::aside_path(job.target);
      std::filesystem::exists(aside, ignored))
    return fmt::format("{}{}{} is kept{}", old, old.empty() ? "" : ", ", aside, go_on);
  return old.empty() ? "nothing is left behind" : old;
}

// One a volume; what --original means is known here.
Result<std::vector<RestoreOptions>> jobs_of(const RestoreCommand& command,
                                            const ImageSelection& selection) {
  std::vector<RestoreOptions> jobs;
  for (const ImageSource& image : selection.images) {
    RestoreOptions job = command.job;
    job.image = image;
    if (command.original) {
      if (selection.set_path.empty())
        return usage_error(fmt::format("{} is an image by itself: where it came from is told by "
                                       "its backup set",
                                       image.path),
                           "name REPO::SET, or --to");
      const std::string file = std::filesystem::path(image.path).filename();
      const auto volume =
          std::ranges::find(selection.manifest.volumes, file, &VolumeManifest::image);
      TINTYPE_TRY(job.target, original_place(*volume, selection.manifest.host));
      for (const RestoreOptions& other : jobs)
        TINTYPE_CHECK(check_target_apart(other.target, job.target));
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::string compared_text(const PassOutcome& outcome) {
  return fmt::format("{} read, {} of data equal, {} {}", bytes_text(outcome.compared_bytes),
                     bytes_text(outcome.equal_bytes), bytes_text(outcome.different_bytes),
                     outcome.dry_run ? "would be written" : "written");
}

std::string report(const RestoreOptions& job, const PassOutcome& outcome, std::size_t width) {
  const std::string part = job.partition ? fmt::format("#{}", *job.partition) : "";
  std::string text =
      fmt::format("{}{} -> {}\n", printable(job.image.path), part, printable(job.target));
  text += volume_lines(outcome, width);
  if (outcome.compared) text += fact_line("compared", compared_text(outcome), width);
  if (!outcome.dry_run) {
    text += time_line(outcome, width);
    text +=
        fact_line("read back", read_back_text(outcome.read_back, outcome.read_back_bytes), width);
  }
  if (!outcome.target_note.empty()) text += fact_line("partitions", outcome.target_note, width);
  return text + findings_text({}, outcome.unreadable, width) +
         folder_problems_text(outcome.folder_problems, width);
}

std::string verdict(const std::vector<PassOutcome>& outcomes, ExitCode code) {
  const auto all = [&](auto&& is) { return std::ranges::all_of(outcomes, is); };
  if (outcomes[0].dry_run)
    return fmt::format("dry run, nothing was written. exit {}", static_cast<int>(code));
  if (!all([](const PassOutcome& o) { return o.folder_problems.total == 0; }))
    return "restored, but not all of it as it was: see above. exit 3";
  if (code == ExitCode::findings)
    return "restored, with holes that the backup could not read. exit 3";
  if (all([](const PassOutcome& o) { return o.compared && o.different_bytes == 0; }))
    return "restored, nothing had to be written. exit 0";
  return outcomes[0].read_back == ReadBack::none ? "restored, NOT READ BACK. exit 0"
                                                 : "restored, read back equal. exit 0";
}

JsonObject json_of(const RestoreOptions& job, const PassOutcome& outcome) {
  JsonObject json;
  json.add("image", job.image.path).add("target", job.target);
  if (job.partition) json.add("partition", *job.partition);
  // A restore checks no database.
  return json.merge(to_json(outcome, outcome.sound() ? std::nullopt : std::optional<bool>(false)));
}

}  // namespace

ExitCode run_command(Session& session, const RestoreCommand& given) {
  session.start(JsonObject().add("what", given.what).add("target", given.job.target));
  RestoreCommand command = given;
  const PartName name = parse_part_name(given.what);
  command.job.partition = name.partition;
  if (command.original && name.partition)
    return session.fail(
        ExitCode::usage,
        {{}, "--original restores whole volumes", "name the target of a partition: --to"});
  if (const auto fine = refuse_set_name(command.job.target, "a new file, or a device,"); !fine)
    return session.fail(fine.error());
  const auto selection = command.original ? select_named(name.what, session.common().sets)
                                          : select_one(name.what, session.common().sets);
  if (!selection) return session.fail(selection.error());
  // A damaged image is told apart from a failing environment before anything is asked or written.
  for (const ImageSource& source : selection->images)
    if (const auto image = ImageReader::open(source); !image) return session.fail(image.error());
  const auto jobs = jobs_of(command, *selection);
  if (!jobs) return session.fail(ExitCode::failed, jobs.error());
  for (const RestoreOptions& job : *jobs)
    if (const auto refused =
            ask_to_overwrite(session, job.target, job.overwrite, command.yes, job.dry_run))
      return *refused;

  std::vector<PassOutcome> outcomes;
  std::vector<JsonObject> events;
  for (const RestoreOptions& job : *jobs) {
    auto outcome = [&] {
      ToolMonitor monitor(session, "restore");
      return run_restore(job, monitor);
    }();
    if (!outcome) {
      for (std::size_t i = 0; i < outcomes.size(); ++i)
        session.warn(fmt::format("{} was restored before that", (*jobs)[i].target));
      return fail_job(session, outcome.error(), failure_code(outcome.error()), left_behind(job));
    }
    events.push_back(json_of(job, *outcome));
    outcomes.push_back(*std::move(outcome));
  }

  const bool whole =
      std::ranges::all_of(outcomes, [](const PassOutcome& outcome) { return outcome.sound(); });
  const ExitCode code = whole ? ExitCode::sound : ExitCode::findings;
  session.begin_report(code);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    session.print(report((*jobs)[i], outcomes[i], session.width()));
  if (!command.job.dry_run) warn_of_findings(session, *selection, name.what);
  session.print_verdict(verdict(outcomes, code), code);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    write_findings(session, (*jobs)[i].image.path, {}, outcomes[i].unreadable);
    write_findings(session, (*jobs)[i].image.path, outcomes[i].folder_problems);
  }
  if (events.size() == 1) return session.finish(code, events[0]);
  return session.finish(code, JsonObject().add("volumes", events));
}

}  // namespace tintype
