// Verifies images one by one and each against what its set's manifest says of it. REPO alone means
// all of its sets: the answer then is about the repository.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "engine/image/read/image_reader.h"
#include "engine/job/image_proof.h"
#include "engine/job/verify_job.h"
#include "engine/repository/find_set.h"
#include "hashing/counted.h"
#include "tools/cli/options/repository_commands.h"
#include "tools/report/job_report.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

constexpr std::size_t kFaultsShownMax = 20;

class Verification {
 public:
  Verification(Session& session, const VerifyCommand& command, Report& report)
      : session_(session), command_(command), report_(report) {}

  // Which volume of a set an image is; what comes out is recorded.
  struct Place {
    const VerdictStore& verdicts;
    const SetEntry& set;
    const VolumeManifest& volume;
  };
  // Nothing if the run may go on; the error's exit code if it was interrupted.
  std::optional<ExitCode> image(const ImageSource& source, const Place* place);
  std::optional<ExitCode> set(const VerdictStore& verdicts, const SetEntry& entry,
                              std::string_view volume);
  ExitCode finish();
  [[nodiscard]] bool empty() const { return images_ + damaged_ + not_looked_at_ == 0; }

 private:
  void damaged(const std::string& path, std::string_view why);
  void report(const VerifyOutcome& outcome);
  // For the page of --report.
  void describe(const VerifyOutcome& outcome);
  void end_description();

  Session& session_;
  const VerifyCommand& command_;
  Report& report_;
  std::deque<VerifyOutcome> described_;
  FindingRows findings_;
  ExitCode code_ = ExitCode::sound;
  std::size_t images_ = 0, damaged_ = 0, not_looked_at_ = 0;
  std::string level_;
  std::vector<JsonObject> results_;
  bool manifest_has_checksum_ = true;  // of the set that is looked at
};

std::string fault_text(const ImageFault& fault) {
  return fmt::format("bytes {} to {} of the volume: {}, at image offset {}",
                     fault.volume_range.offset, fault.volume_range.end() - 1, to_string(fault.kind),
                     fault.image_offset);
}

// Of the image and the databases in it: what was not looked at is not called sound.
std::optional<bool> verdict_on(const VerifyOutcome& outcome) {
  if (!outcome.faults.empty() || !outcome.pass.sound()) return false;
  return outcome.pages ? outcome.pass.verdict() : std::nullopt;
}

bool all_sound(const PassOutcome& pass) {
  return std::all_of(pass.databases.begin(), pass.databases.end(),
                     [](const FileReport& report) { return report.sound(); });
}

void Verification::damaged(const std::string& path, std::string_view why) {
  session_.begin_report(ExitCode::damaged);
  session_.print(fmt::format("{}\n{}", printable(path),
                             fact_line("DAMAGED", printable(why), session_.width())));
  session_.event("finding",
                 JsonObject().add("image", path).add("kind", "damaged").add("text", why));
  results_.push_back(JsonObject().add("image", path).add("good", false).add("problem", why));
  if (report_.wanted()) findings_.add(path, fmt::format("DAMAGED: {}", why));
  code_ = worse_of(code_, ExitCode::damaged);
  ++damaged_;
}

void Verification::report(const VerifyOutcome& outcome) {
  const std::size_t width = session_.width();
  const PassOutcome& pass = outcome.pass;
  const bool good = outcome.faults.empty();
  session_.begin_report(good && all_sound(pass) ? ExitCode::sound : ExitCode::findings);
  std::string text = fmt::format("{}\n", printable(outcome.image));
  if (good) text += fact_line("good", outcome.level, width);
  if (!manifest_has_checksum_) text += fact_line("manifest", "no checksum (format 1)", width);
  if (!outcome.faults.empty())
    text += fact_line(
        "DAMAGED", fmt::format("{} of {}", outcome.faults.size(), counted(outcome.chunks, "chunk")),
        width);
  for (std::size_t i = 0; i < std::min(outcome.faults.size(), kFaultsShownMax); ++i)
    text += "    " + wrapped(fault_text(outcome.faults[i]), 6, width) + "\n";
  if (outcome.faults.size() > kFaultsShownMax)
    text += fmt::format("    ... and {} more (--json lists all)\n",
                        outcome.faults.size() - kFaultsShownMax);
  text += fact_line(
      "read",
      fmt::format("{} in {}", bytes_text(pass.read_bytes), counted(outcome.chunks, "chunk")),
      width);
  text += time_line(pass, width);
  if (command_.job.pages) {
    text += databases_text(pass.databases, pass.databases_not_checked, width);
    text += findings_text(pass.databases, {}, width);
  }
  if (!pass.unreadable.empty())
    text += fact_line("note",
                      fmt::format("{} of the volume could not be read when it was backed up",
                                  bytes_text(pass.unreadable_bytes())),
                      width);
  session_.print(text);

  std::vector<JsonObject> faults;
  for (const ImageFault& fault : outcome.faults) {
    faults.push_back(JsonObject()
                         .add("kind", to_string(fault.kind))
                         .add("volume_offset", fault.volume_range.offset)
                         .add("length", fault.volume_range.length)
                         .add("image_offset", fault.image_offset));
    session_.event("finding", JsonObject().add("image", outcome.image).merge(faults.back()));
  }
  write_findings(session_, outcome.image, pass.databases, {});
  results_.push_back(JsonObject()
                         .add("image", outcome.image)
                         .add("good", good)
                         .add("level", outcome.level)
                         .add("chunks", outcome.chunks)
                         .add("faults", faults)
                         .merge(to_json(pass, verdict_on(outcome))));
  if (!manifest_has_checksum_) results_.back().add("manifest_checksum", false);
  level_ = outcome.level;
}

std::optional<ExitCode> Verification::image(const ImageSource& source, const Place* place) {
  ++images_;
  VerifyOptions job = command_.job;
  job.image = source;
  std::optional<Verdict> verdict;
  if (place != nullptr) verdict = place->verdicts.about(place->set, place->volume);
  const auto outcome = [&] {
    ToolMonitor monitor(session_, "verify", report_.recorder());
    auto verified = run_verify(job, monitor);
    if (verdict && fill_verdict(*verdict, place->verdicts, place->set, place->volume, verified))
      keep_verdict(place->verdicts, *verdict, monitor);
    return verified;
  }();
  if (!outcome) {
    const Error& error = outcome.error();
    if (error.code == std::errc::operation_canceled)
      return fail_job(
          session_, error, ExitCode::failed,
          fmt::format("{} {} verified before, nothing was changed", counted(images_ - 1, "image"),
                      word_for(images_ - 1, "was", "were")),
          &report_);
    if (failure_code(error) == ExitCode::failed) {
      session_.report_error(error);
      if (report_.wanted())
        findings_.add(source.path, fmt::format("not looked at: {}", error.line()));
      code_ = worse_of(code_, ExitCode::failed);
      return std::nullopt;
    }
    damaged(source.path, error.what);
    return std::nullopt;
  }
  if (!outcome->faults.empty()) {
    code_ = worse_of(code_, ExitCode::damaged);
    ++damaged_;
  }
  if (!all_sound(outcome->pass)) code_ = worse_of(code_, ExitCode::findings);
  report(*outcome);
  if (report_.wanted()) describe(*outcome);
  return std::nullopt;
}

std::optional<ExitCode> Verification::set(const VerdictStore& verdicts, const SetEntry& entry,
                                          std::string_view volume) {
  if (entry.problem_code) {
    session_.report_error({entry.problem_code, entry.problem, ""});
    if (report_.wanted())
      findings_.add(entry.path, fmt::format("not looked at: {}", entry.problem));
    code_ = worse_of(code_, ExitCode::failed);
    ++not_looked_at_;
    return std::nullopt;
  }
  if (!entry.problem.empty()) {
    damaged(entry.path, entry.problem);
    return std::nullopt;
  }
  if (const auto selection = select_images(entry, volume); !selection)
    return session_.fail(selection.error());
  manifest_has_checksum_ = entry.manifest.format > 1;
  for (const VolumeManifest& one : entry.manifest.volumes) {
    if (!volume.empty() && volume != one.name && volume != one.image) continue;
    const Place place{verdicts, entry, one};
    if (const auto code = image(image_in(entry, one), &place)) return code;
  }
  return std::nullopt;
}

void Verification::describe(const VerifyOutcome& outcome) {
  described_.push_back(outcome);
  const PassOutcome& pass = outcome.pass;
  for (const ImageFault& fault : outcome.faults)
    findings_.add(outcome.image, fmt::format("DAMAGED: {}", fault_text(fault)));
  findings_.add(outcome.image, std::span<const FileReport>(pass.databases));
  if (described_.size() > kReportDetailsMax) return;
  report_.details.section("Image " + outcome.image);
  std::vector<ReportBody::Row> facts{
      {"level reached", outcome.level},
      {"chunks", fmt::format("{}, of which damaged {}", outcome.chunks, outcome.faults.size())}};
  if (!pass.unreadable.empty())
    facts.push_back({"note", fmt::format("{} of the volume could not be read when it was backed up",
                                         bytes_text(pass.unreadable_bytes()))});
  const auto more = pass_facts(pass);
  facts.insert(facts.end(), more.begin(), more.end());
  report_.details.facts(facts);
}

void Verification::end_description() {
  std::vector<NamedOutcome> passes;
  for (const VerifyOutcome& outcome : described_) passes.push_back({outcome.image, &outcome.pass});
  if (passes.size() > kReportDetailsMax)
    report_.details.paragraph(
        fmt::format("... and {}", counted(passes.size() - kReportDetailsMax, "more image")));
  add_tiles(report_, passes, findings_.write(report_.findings));
  if (command_.job.pages) add_databases(report_.findings, passes);
}

ExitCode Verification::finish() {
  std::string verdict;
  const int code = static_cast<int>(code_);
  if (code_ == ExitCode::damaged)
    verdict =
        fmt::format("DAMAGED: {} of {}. exit {}", damaged_, std::max(images_, damaged_), code);
  else if (code_ == ExitCode::findings)
    verdict = fmt::format("true to the volume, but its databases have findings. exit {}", code);
  else if (code_ == ExitCode::failed)
    verdict = fmt::format("not everything could be looked at. exit {}", code);
  else
    verdict = fmt::format("good ({}): {}. exit {}", level_, counted(images_, "image"), code);
  session_.begin_report(code_);
  JsonObject summary;
  summary.add("images", results_);
  if (report_.wanted()) end_description();
  report_.finish(code_, verdict, summary);
  session_.print_verdict(verdict, code_);
  return session_.finish(code_, std::move(summary));
}

void add_options(Report& report, const VerifyCommand& command, const CommonOptions& common) {
  report.options = {{"what", command.what},
                    {"unpacked", std::string(yes_or_no(command.job.decode))},
                    {"database pages", std::string(yes_or_no(command.job.pages))}};
  if (command.job.pages) add_database_options(report, command.job.databases);
  add_pass_options(report, command.job.pass, common);
}

}  // namespace

ExitCode run_command(Session& session, const VerifyCommand& command) {
  session.start(JsonObject().add("what", command.what));
  Report report(session, command.report);
  if (const auto refused = report.begin("")) return *refused;
  add_options(report, command, session.common());
  const auto fail = [&](const Error& error) {
    report.fail(failure_code(error), error);
    return session.fail(error);
  };
  const auto selector = parse_selector(command.what, session.common().sets);
  if (!selector) return fail(selector.error());
  Verification verification(session, command, report);
  if (!selector->image.empty()) {
    if (const auto code = verification.image(selector->image, nullptr)) return *code;
    return verification.finish();
  }
  const auto repository = Repository::open(selector->repository);
  if (!repository) return fail(repository.error());
  const VerdictStore verdicts(*repository);
  if (!selector->set.empty()) {
    const auto entry = repository->find(selector->query());
    if (!entry) return fail(entry.error());
    if (const auto code = verification.set(verdicts, *entry, selector->volume)) return *code;
    return verification.finish();
  }
  const auto sets = repository->sets();
  if (!sets) return fail(sets.error());
  for (const SetEntry& entry : *sets)
    if ((entry.finished || !entry.problem.empty()) && could_fit(entry, selector->filter))
      if (const auto code = verification.set(verdicts, entry, "")) return *code;
  if (verification.empty())
    return fail({{},
                 fmt::format("repository {} has no finished backup set{}", command.what,
                             selector->filter.text()),
                 "nothing was verified"});
  return verification.finish();
}

}  // namespace tintype
