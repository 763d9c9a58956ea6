#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "engine/extract/extract_job.h"
#include "engine/repository/repository.h"
#include "hashing/counted.h"
#include "tools/cli/options/restore_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/report/pass_report.h"
#include "tools/session/finding_events.h"
#include "tools/session/session.h"
#include "tools/text/report_json.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

using State = ExtractedFile::State;

// The volumes that files are looked for in. For a component all of its set, for its logs may lie
// on another volume than it does. Whether the set has no findings.
Result<bool> select_sources(const std::string& what, const SetFilter& filter, ExtractOptions& job) {
  const PartName part = parse_part_name(what);
  TINTYPE_TRY(const Selector selector, parse_selector(part.what, filter));
  if (!selector.image.empty()) {
    job.sources.push_back({selector.image, "", part.partition});
    return true;
  }
  if (selector.set.empty()) return set_is_missing(what);
  TINTYPE_TRY(const Repository repository, Repository::open(selector.repository));
  TINTYPE_TRY(const SetEntry entry, repository.find(selector.query()));
  TINTYPE_TRY(const ImageSelection named, select_images(entry, selector.volume));
  if (part.partition) TINTYPE_CHECK(select_one(part.what, filter));
  for (const VolumeManifest& volume : entry.manifest.volumes) {
    ImageSource image = image_in(entry, volume);
    const bool is_named =
        std::ranges::find(named.images, image.path, &ImageSource::path) != named.images.end();
    if (is_named && !selector.volume.empty()) job.component_volume = volume.name;
    if (is_named || !job.component.empty())
      job.sources.push_back(
          {std::move(image), volume.name, is_named ? part.partition : std::nullopt});
  }
  return entry.manifest.sound;
}

ExitCode exit_code_for(const ExtractOutcome& outcome) {
  ExitCode code = outcome.unnamed ? ExitCode::failed : ExitCode::sound;
  const bool left_out =
      std::ranges::any_of(outcome.files,
                          [&](const ExtractedFile& file) {
                            return file.state == State::damaged || !file.metadata.empty() ||
                                   (file.state == State::skipped && !outcome.unnamed);
                          }) ||
      std::ranges::any_of(outcome.nodes, [&](const ExtractedNode& node) {
        return !node.problem.empty() && !outcome.unnamed;
      });
  if (left_out || !outcome.doubts.empty() || (outcome.stream && spoils_backup(*outcome.stream)))
    code = worse_of(code, ExitCode::findings);
  if (outcome.image_damaged()) code = worse_of(code, ExitCode::damaged);
  return code;
}

struct Count {
  std::size_t files = 0;
  std::size_t names = 0;  // further ones
  std::uint64_t bytes = 0;
};
Count count(const ExtractOutcome& outcome, State state) {
  Count count;
  for (const ExtractedFile& file : outcome.files) {
    if (file.state != state) continue;
    if (!file.link_to.empty()) {
      ++count.names;
      continue;
    }
    ++count.files;
    count.bytes += file.size_bytes;
  }
  return count;
}

std::string place(const std::string& volume, const std::string& path) {
  return printable(volume.empty() ? path : volume + ":" + path);
}
std::string place(const ExtractedFile& file) {
  return place(file.volume, file.path);
}
std::string place(const ExtractedNode& node) {
  return place(node.volume, node.node.path);
}

// What is no file: "2 folders, 1 symbolic link", and a line for what is not made.
std::string nodes_text(const ExtractOutcome& outcome, std::size_t width) {
  std::size_t folders = 0, links = 0, not_made = 0;
  const ExtractedNode* first = nullptr;
  for (const ExtractedNode& node : outcome.nodes) {
    if (node.state == State::not_made && not_made++ == 0) first = &node;
    if (node.state != State::whole && node.state != State::planned) continue;
    ++(node.is_link() ? links : folders);
  }
  std::string text;
  if (folders != 0) text += counted(folders, "folder");
  if (links != 0) text += (text.empty() ? "" : ", ") + counted(links, "symbolic link");
  if (!text.empty()) text = fact_line("besides", text, width);
  if (first == nullptr) return text;
  return text + fact_line("not made",
                          not_made == 1
                              ? fmt::format("{}, {}", place(*first), first->node.text)
                              : fmt::format("{} devices, pipes, sockets or links of other "
                                            "kinds; the first is {}, {}",
                                            not_made, place(*first), first->node.text),
                          width);
}

std::string loss_text(const ExtractedFile& file, const ExtractedFile::Loss& loss) {
  return fmt::format("{}: bytes {} to {} are lost: {}", printable(file.target), loss.range.offset,
                     loss.range.end() - 1, printable(loss.why));
}

// What is not as it should be, the first of it.
std::string problems_text(const ExtractOutcome& outcome, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string& damage : outcome.damage)
    lines.push_back(fact_line("DAMAGED", printable(damage), width));
  for (const std::string& doubt : outcome.doubts)
    lines.push_back(fact_line("DOUBT", printable(doubt), width));
  for (const ExtractedFile& file : outcome.files) {
    for (const ExtractedFile::Loss& loss : file.losses)
      lines.push_back(fact_line("DAMAGED", loss_text(file, loss), width));
    if (!file.problem.empty())
      lines.push_back(fact_line(
          "left out", fmt::format("{}: {}", place(file), printable(file.problem)), width));
    if (!file.metadata.empty())
      lines.push_back(fact_line(
          "metadata", fmt::format("{}: {}", place(file), printable(file.metadata)), width));
  }
  for (const ExtractedNode& node : outcome.nodes)
    if (!node.problem.empty())
      lines.push_back(fact_line(
          "left out", fmt::format("{}: {}", place(node), printable(node.problem)), width));
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kFindingsShownMax); ++i) text += lines[i];
  if (lines.size() > kFindingsShownMax)
    text +=
        fmt::format("    ... and {} more (--json lists all)\n", lines.size() - kFindingsShownMax);
  return text;
}

std::string report_text(const ExtractCommand& command, const ExtractOutcome& outcome,
                        std::size_t width) {
  std::string text =
      fmt::format("{} -> {}\n", printable(command.what), printable(command.job.folder));
  if (outcome.pass.dry_run) {
    for (const ExtractedFile& file : outcome.files)
      if (file.state == State::planned)
        text += fmt::format("  {:>10}  {} -> {}\n",
                            file.link_to.empty() ? bytes_text(file.size_bytes) : "same file",
                            place(file), printable(file.target));
    for (const ExtractedNode& node : outcome.nodes)
      if (node.state == State::planned)
        text += fmt::format("  {:>10}  {} -> {}\n", node.is_link() ? "link" : "folder", place(node),
                            printable(node.target));
  }
  const Count good = count(outcome, outcome.pass.dry_run ? State::planned : State::whole);
  std::string files = fmt::format("{}, {}", good.files, bytes_text(good.bytes));
  if (good.names != 0) files += fmt::format("; {} of them", counted(good.names, "further name"));
  if (const Count damaged = count(outcome, State::damaged); damaged.files != 0)
    files += fmt::format("; {} DAMAGED", damaged.files);
  if (const Count skipped = count(outcome, State::skipped); skipped.files + skipped.names != 0)
    files += fmt::format("; {} left out", skipped.files + skipped.names);
  text += fact_line("files", files, width) + nodes_text(outcome, width);
  if (!outcome.pass.dry_run) {
    text += time_line(outcome.pass, width);
    text += fact_line("read back",
                      read_back_text(outcome.pass.read_back, outcome.pass.read_back_bytes), width);
  }
  text += problems_text(outcome, width);
  if (outcome.pass.dry_run || command.job.component.empty()) return text;
  text += databases_text(outcome.pass.databases, "", width);
  text += findings_text(outcome.pass.databases, {}, width);
  if (!outcome.stream) return text;
  text += streams_text({&*outcome.stream, 1}, width, true);
  if (!outcome.stream->next_command.empty())
    text += fact_line("run it in", printable(command.job.folder), width);
  return text;
}

std::string verdict(const ExtractOutcome& outcome, ExitCode code) {
  const auto number = static_cast<int>(code);
  if (outcome.pass.dry_run) return fmt::format("dry run, nothing was written. exit {}", number);
  switch (code) {
    case ExitCode::sound:
      return fmt::format("extracted. exit {}", number);
    case ExitCode::damaged:
      return fmt::format("the image is DAMAGED: not all was extracted. exit {}", number);
    case ExitCode::findings:
      return outcome.stream && spoils_backup(*outcome.stream)
                 ? fmt::format("extracted, but it is {}. exit {}",
                               to_string(outcome.stream->verdict), number)
                 : fmt::format("extracted, with findings. exit {}", number);
    default:
      return fmt::format("the target failed: not all files have their names. exit {}", number);
  }
}

JsonObject to_json(const ExtractedFile& file) {
  std::vector<JsonObject> losses;
  for (const ExtractedFile::Loss& loss : file.losses)
    losses.push_back(JsonObject()
                         .add("file_offset", loss.range.offset)
                         .add("length", loss.range.length)
                         .add("in_image", loss.in_image)
                         .add("text", loss.why));
  return JsonObject()
      .add("volume", file.volume)
      .add("path", file.path)
      .add("target", file.target)
      .add("link_to", file.link_to)
      .add("bytes", file.size_bytes)
      .add("state", to_string(file.state))
      .add("problem", file.problem)
      .add("metadata", file.metadata)
      .add("losses", losses);
}

// Folders are many, and say nothing: they are listed if they could not be made.
JsonObject to_json(const ExtractedNode& node) {
  const auto kind = node.node.kind;
  return JsonObject()
      .add("volume", node.volume)
      .add("path", node.node.path)
      .add("target", node.target)
      .add("kind", kind == FileNode::Kind::folder ? std::string("folder")
                   : node.is_link()               ? std::string("symbolic link")
                                                  : node.node.text)
      .add("leads_to", node.is_link() ? node.node.text : "")
      .add("state", to_string(node.state))
      .add("problem", node.problem);
}

void write_events(Session& session, const ExtractOutcome& outcome) {
  if (!session.json()) return;
  const auto finding = [&](std::string_view kind, std::string_view text) {
    session.event("finding", JsonObject().add("kind", kind).add("text", text));
  };
  for (const std::string& damage : outcome.damage) finding("damaged", damage);
  for (const std::string& doubt : outcome.doubts) finding("doubt", doubt);
  for (const ExtractedFile& file : outcome.files)
    if (!file.problem.empty() || !file.losses.empty() || !file.metadata.empty())
      session.event("finding", to_json(file));
  for (const ExtractedNode& node : outcome.nodes)
    if (!node.problem.empty()) session.event("finding", to_json(node));
  write_findings(session, "", outcome.pass.databases, {});
}

}  // namespace

ExitCode run_command(Session& session, const ExtractCommand& command) {
  session.start(JsonObject().add("what", command.what).add("target", command.job.folder));
  ExtractOptions job = command.job;
  if (const auto fine = refuse_set_name(job.folder, "a folder"); !fine)
    return session.fail(fine.error());
  const auto set_is_sound = select_sources(command.what, session.common().sets, job);
  if (!set_is_sound) return session.fail(set_is_sound.error());
  std::error_code ignored;
  if (job.overwrite && !job.dry_run && std::filesystem::exists(job.folder, ignored) &&
      !session.confirm(
          fmt::format("Files below {} that are extracted again will be replaced.", job.folder),
          command.yes))
    return session.not_confirmed(job.folder + " stays as it is");
  const auto outcome = [&] {
    ToolMonitor monitor(session, "extract");
    return run_extract(job, monitor);
  }();
  if (!outcome)
    return fail_job(session, outcome.error(), failure_code(outcome.error()),
                    "no file was extracted");

  const ExitCode code = exit_code_for(*outcome);
  session.begin_report(code);
  session.print(report_text(command, *outcome, session.width()));
  if (!*set_is_sound && !job.dry_run) warn_of_findings(session, parse_part_name(command.what).what);
  session.print_verdict(verdict(*outcome, code), code);
  write_events(session, *outcome);
  std::vector<JsonObject> files;
  for (const ExtractedFile& file : outcome->files) files.push_back(to_json(file));
  std::vector<JsonObject> besides;
  std::size_t folders = 0;
  for (const ExtractedNode& node : outcome->nodes) {
    const bool is_folder = node.node.kind == FileNode::Kind::folder;
    if (is_folder && node.problem.empty()) ++folders;
    if (!is_folder || !node.problem.empty()) besides.push_back(to_json(node));
  }
  JsonObject summary;
  summary.add("what", command.what).add("target", job.folder).add("files", files);
  summary.add("folders", folders).add("besides", besides);
  summary.add("damage", outcome->damage).add("doubts", outcome->doubts);
  if (outcome->stream) summary.add_raw("stream", to_json_line(*outcome->stream));
  return session.finish(
      code,
      summary.merge(to_json(
          outcome->pass, outcome->pass.dry_run ? std::nullopt : std::optional(outcome->sound()))));
}

}  // namespace tintype
