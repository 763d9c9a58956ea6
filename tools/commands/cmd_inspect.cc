// The headers of ESE files, field by field. Only the front of a file is read: whether the rest of
// it is sound is for `check` to say.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/survey/check_files.h"
#include "tools/cli/options/check_commands.h"
#include "tools/commands/shared/select_image.h"
#include "tools/session/session.h"
#include "tools/text/report_json.h"
#include "tools/text/text.h"
#include "verify/ese/ese_error.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_log_header.h"

namespace tintype {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Section {
  std::string title;  // "DATABASE HEADER"
  Fields fields;
};

struct Inspection {
  EseFileKind kind{};
  std::string_view label;   // in front of the path
  std::string_view status;  // of the header
  std::vector<Section> sections;
  std::vector<Finding> problems;  // none: sound
  std::uint32_t page_bytes = 0;   // of a database
  bool is_temporary = false;
};

std::string_view status_word(EseHeaderReading::Status status) {
  switch (status) {
    case EseHeaderReading::Status::sound:
      return "sound, header and shadow are equal";
    case EseHeaderReading::Status::shadow_bad:
      return "header sound, SHADOW BAD OR DIFFERENT";
    case EseHeaderReading::Status::primary_bad:
      return "HEADER BAD, the shadow is shown";
    case EseHeaderReading::Status::corrupt:
      return "BOTH COPIES BAD";
    case EseHeaderReading::Status::refused:
      return "REFUSED";
  }
  return {};
}

std::string_view status_word(EseLogHeaderReading::Status status) {
  switch (status) {
    case EseLogHeaderReading::Status::sound:
      return "sound";
    case EseLogHeaderReading::Status::all_zero:
      return "ALL ZERO";
    case EseLogHeaderReading::Status::corrupt:
      return "BAD";
    case EseLogHeaderReading::Status::refused:
      return "REFUSED";
  }
  return {};
}

std::string_view status_word(EseCheckpointReading::Status status) {
  switch (status) {
    case EseCheckpointReading::Status::sound:
      return "sound, both copies are equal";
    case EseCheckpointReading::Status::shadow_bad:
      return "first copy sound, SECOND COPY BAD OR DIFFERENT";
    case EseCheckpointReading::Status::primary_bad:
      return "FIRST COPY BAD, second copy sound";
    case EseCheckpointReading::Status::corrupt:
      return "BOTH COPIES BAD";
    case EseCheckpointReading::Status::refused:
      return "REFUSED";
  }
  return {};
}

std::vector<Finding> findings_of(const EseProblems& problems) {
  std::vector<Finding> findings;
  for (const EseProblem& problem : problems) findings.push_back(problem.finding);
  return findings;
}

Inspection inspect_database(std::span<const std::byte> front) {
  const EseHeaderReading reading = read_ese_header(front);
  Inspection found{.kind = EseFileKind::database,
                   .label = "        Database",
                   .status = status_word(reading.status),
                   .page_bytes = reading.page_bytes,
                   .is_temporary = reading.is_temporary};
  Section& header = found.sections.emplace_back();
  header.title = "DATABASE HEADER";
  using Status = EseHeaderReading::Status;
  if (reading.status != Status::corrupt) header.fields = describe(reading.header);
  if (reading.status == Status::sound) return found;
  const FindingKind kind = reading.status == Status::shadow_bad    ? FindingKind::header_shadow
                           : reading.status == Status::primary_bad ? FindingKind::header_primary
                           : reading.status == Status::refused     ? FindingKind::not_checked
                                                                   : FindingKind::header_corrupt;
  found.problems.push_back(
      {.kind = kind, .error_number = reading.error_number, .text = reading.problem});
  return found;
}

Inspection inspect_log(std::span<const std::byte> front, std::uint64_t file_bytes) {
  const EseLogHeaderReading reading = read_ese_log_header(front, file_bytes);
  Inspection found{.kind = EseFileKind::log,
                   .label = "      Log file",
                   .status = status_word(reading.status),
                   .problems = findings_of(reading.problems)};
  Section& header = found.sections.emplace_back();
  header.title = "LOG HEADER";
  using Status = EseLogHeaderReading::Status;
  if (reading.status == Status::sound || reading.status == Status::refused)
    header.fields = describe(reading.header);
  return found;
}

Inspection inspect_checkpoint(std::span<const std::byte> front) {
  const EseCheckpointReading reading = read_ese_checkpoint(front);
  Inspection found{.kind = EseFileKind::checkpoint,
                   .label = "      Checkpoint file",
                   .status = status_word(reading.status),
                   .problems = findings_of(reading.problems)};
  for (std::size_t i = 0; i < 2; ++i) {
    Section& copy = found.sections.emplace_back();
    copy.title = i == 0 ? "CHECKPOINT, FIRST COPY" : "CHECKPOINT, SECOND COPY";
    if (reading.copies[i]) copy.fields = describe(*reading.copies[i]);
  }
  return found;
}

Inspection inspect_flush_map(std::span<const std::byte> front) {
  const EseFlushMap map(front.first(std::min<std::size_t>(front.size(), kEseFlushMapPageBytes)));
  Inspection found{.kind = EseFileKind::flush_map,
                   .label = "       Flush map",
                   .status = map.header_is_sound() ? "sound" : "BAD",
                   .problems = findings_of(map.problems())};
  Section& header = found.sections.emplace_back();
  header.title = "FLUSH MAP HEADER";
  if (map.pages().sound == 1) header.fields = describe(map.header());
  return found;
}

Result<Inspection> inspect(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return plain_error(fmt::format("{} is a folder", path), "tintype check looks into folders");
  TINTYPE_TRY(const FileFront front, read_file_front(path));
  if (front.file_bytes == 0) return plain_error(fmt::format("{} is empty", path));
  switch (ese_file_kind(file_name_of(path), front.bytes)) {
    case EseFileKind::database:
      return inspect_database(front.bytes);
    case EseFileKind::log:
      return inspect_log(front.bytes, front.file_bytes);
    case EseFileKind::checkpoint:
      return inspect_checkpoint(front.bytes);
    case EseFileKind::flush_map:
      return inspect_flush_map(front.bytes);
    case EseFileKind::spare_log:
      return Inspection{.kind = EseFileKind::spare_log,
                        .label = "      Log file",
                        .status = "none, it is a spare log: room for a log to come"};
    case EseFileKind::none:
      break;
  }
  return tl::unexpected(not_a_file_of("ESE", path));
}

// Names that are longer stand on a line of their own, as eseutil has them.
constexpr std::size_t kNameColumnsMax = 40;

// `width`: where to wrap; 0 = nowhere, for scripts.
std::string inspection_text(const std::string& path, const Inspection& found, std::size_t width) {
  std::string text = fmt::format("{}: {}\n\n", found.label, printable(path));
  std::size_t widest = 16;
  for (const Section& section : found.sections)
    for (const auto& [name, value] : section.fields)
      if (columns(name) <= kNameColumnsMax) widest = std::max(widest, columns(name));
  const auto add = [&](std::string_view name, std::string_view value) {
    const bool fits = columns(name) <= widest;
    text += fits ? fmt::format("{}{}: ", std::string(widest - columns(name), ' '), name)
                 : fmt::format("      {}\n{}", name, std::string(widest + 2, ' '));
    text += (width == 0 ? std::string(value) : wrapped(value, widest + 2, width)) + "\n";
  };
  for (const Section& section : found.sections) {
    text += section.title + ":\n";
    if (section.fields.empty()) add("Header", "damaged, its fields are not shown");
    for (const auto& [name, value] : section.fields) add(printable(name), printable(value));
    if (found.sections.size() > 1) text += "\n";
  }
  add("Header status", found.status);
  for (const Finding& problem : found.problems) {
    std::string line = problem.text;
    if (problem.error_number != 0)
      line += fmt::format(" ({})", named_ese_error(problem.error_number));
    add("Problem", printable(line));
  }
  return text + "\n";
}

JsonObject inspection_json(const std::string& path, const Inspection& found) {
  std::vector<JsonObject> sections, problems;
  for (const Section& section : found.sections) {
    std::vector<JsonObject> fields;  // a list: eseutil uses some names twice
    for (const auto& [name, value] : section.fields)
      fields.push_back(JsonObject().add("name", name).add("value", value));
    sections.push_back(JsonObject().add("title", section.title).add("fields", fields));
  }
  for (const Finding& problem : found.problems) problems.push_back(to_json(problem));
  // "problem" and "fields" are those of the first: what there was before files of two copies.
  std::string first_problem;
  if (!found.problems.empty()) first_problem = found.problems.front().text;
  std::vector<JsonObject> first_fields;
  if (!found.sections.empty())
    for (const auto& [name, value] : found.sections.front().fields)
      first_fields.push_back(JsonObject().add("name", name).add("value", value));
  JsonObject json;
  json.add("file", path)
      .add("kind", to_string(found.kind))
      .add("sound", found.problems.empty())
      .add("status", found.status)
      .add("problem", first_problem)
      .add("problems", problems);
  if (found.kind == EseFileKind::database)
    json.add("page_bytes", found.page_bytes).add("temporary", found.is_temporary);
  return json.add("fields", first_fields).add("sections", sections);
}

}  // namespace

ExitCode run_command(Session& session, const InspectCommand& command) {
  session.start(JsonObject().add("files", command.files));
  ExitCode code = ExitCode::sound;
  std::vector<JsonObject> results;
  for (const std::string& path : command.files)
    if (const auto fine = refuse_set_name(path, "a file"); !fine) return session.fail(fine.error());
  for (const std::string& path : command.files) {
    const auto found = inspect(path);
    if (!found) {
      session.report_error(found.error());
      results.push_back(JsonObject().add("file", path).add("error", found.error().line()));
      code = worse_of(code, ExitCode::failed);
      continue;
    }
    if (!found->problems.empty()) code = worse_of(code, ExitCode::findings);
    session.print(inspection_text(path, *found, session.env().out_terminal ? session.width() : 0));
    results.push_back(inspection_json(path, *found));
  }
  return session.finish(code, JsonObject().add("files", results));
}

}  // namespace tintype
