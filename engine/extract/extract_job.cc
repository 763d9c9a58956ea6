#include "engine/extract/extract_job.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/extract/extract_plan.h"
#include "engine/extract/extract_writing.h"

namespace tintype {
namespace {

void mark_planned(ExtractOutcome& outcome) {
  for (ExtractedFile& file : outcome.files)
    if (file.problem.empty()) file.state = ExtractedFile::State::planned;
  for (ExtractedNode& node : outcome.nodes)
    if (node.problem.empty() && node.state != ExtractedFile::State::not_made)
      node.state = ExtractedFile::State::planned;
}

void collect_doubts(const std::vector<ExtractSource>& sources, ExtractOutcome& outcome) {
  for (const ExtractSource& source : sources) {
    if (const std::string damage = source.damage(); !damage.empty())
      outcome.damage.push_back(damage + ": files may be missing");
    if (const std::string doubt = source.doubt(); !doubt.empty())
      outcome.doubts.push_back(fmt::format("{}: {}: files may be missing or older",
                                           source.image().file().path(), doubt));
  }
}

// What the file system seems to lack may only be what the image has lost.
Error explained(Error error, const std::vector<ExtractSource>& sources) {
  if (error.code) return error;
  for (const ExtractSource& source : sources)
    if (const std::string damage = source.damage(); !damage.empty())
      return {std::make_error_code(std::errc::bad_message),
              fmt::format("{}; therefore: {}", damage, error.what),
              "use another backup set; `tintype verify` shows all the damage"};
  for (const ExtractSource& source : sources)
    if (const std::string doubt = source.doubt(); !doubt.empty())
      error.what += fmt::format(" ({}: {})", source.image().file().path(), doubt);
  return error;
}

Result<void> extract(const ExtractOptions& options, ExtractPlan& plan, ExtractOutcome& outcome,
                     JobMonitor& monitor) {
  TINTYPE_CHECK(plan.make());
  outcome.pass.dry_run = options.dry_run;
  if (options.dry_run) {
    mark_planned(outcome);
  } else {
    TINTYPE_CHECK(ExtractWriting(options, plan, outcome, monitor).run());
  }
  collect_doubts(plan.sources(), outcome);
  return {};
}

}  // namespace

std::string_view to_string(ExtractedFile::State state) noexcept {
  switch (state) {
    case ExtractedFile::State::whole:
      return "whole";
    case ExtractedFile::State::damaged:
      return "damaged";
    case ExtractedFile::State::skipped:
      return "skipped";
    case ExtractedFile::State::planned:
      return "planned";
    case ExtractedFile::State::not_made:
      return "not made";
  }
  return "";
}

bool ExtractOutcome::image_damaged() const noexcept {
  return !damage.empty() || std::ranges::any_of(files, [](const ExtractedFile& file) {
    return std::ranges::any_of(file.losses, &ExtractedFile::Loss::in_image);
  });
}

bool ExtractOutcome::sound() const noexcept {
  using State = ExtractedFile::State;
  return damage.empty() && doubts.empty() && !unnamed && (!stream || !spoils_backup(*stream)) &&
         std::ranges::all_of(files,
                             [](const ExtractedFile& file) {
                               return file.metadata.empty() &&
                                      (file.state == State::whole || file.state == State::planned);
                             }) &&
         std::ranges::all_of(nodes, [](const ExtractedNode& node) {
           return node.problem.empty() && node.state != State::skipped;
         });
}

Result<ExtractOutcome> run_extract(const ExtractOptions& options, JobMonitor& monitor) {
  ExtractOutcome outcome;
  ExtractPlan plan(options, outcome, monitor);
  if (auto done = extract(options, plan, outcome, monitor); !done)
    return tl::unexpected(explained(std::move(done).error(), plan.sources()));
  return outcome;
}

}  // namespace tintype
