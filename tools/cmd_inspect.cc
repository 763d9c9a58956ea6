#include <fmt/format.h>

#include <algorithm>

#include "io/file.h"
#include "tools/commands.h"
#include "tools/text.h"
#include "verify/ese_header.h"

namespace tintype {
namespace {

// The header, its shadow behind it, whatever the page size.
Result<std::vector<std::byte>> read_front(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  std::vector<std::byte> front(
      std::min<std::uint64_t>(file.geometry().size_bytes, 2 * std::uint64_t{kEsePageBytesMax}));
  TINTYPE_TRY(const std::size_t got, file.read_at(0, front));
  front.resize(got);
  return front;
}

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

// `width`: where to wrap; 0 = nowhere, for scripts.
std::string header_text(const std::string& path, const EseHeaderReading& reading,
                        std::size_t width) {
  std::string text = fmt::format("        Database: {}\n\nDATABASE HEADER:\n", printable(path));
  const bool has_fields = reading.status != EseHeaderReading::Status::corrupt;
  const auto fields = has_fields ? describe(reading.header) : decltype(describe(reading.header)){};
  std::size_t widest = 16;
  for (const auto& [name, value] : fields) widest = std::max(widest, columns(name));
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}{}: {}\n", std::string(widest - std::min(widest, columns(name)), ' '),
                        name, width == 0 ? std::string(value) : wrapped(value, widest + 2, width));
  };
  for (const auto& [name, value] : fields) add(printable(name), printable(value));
  add("Header status", status_word(reading.status));
  if (!reading.problem.empty()) add("Problem", printable(reading.problem));
  return text + "\n";
}

JsonObject header_json(const std::string& path, const EseHeaderReading& reading) {
  std::vector<JsonObject> fields;  // a list: eseutil uses some names twice
  if (reading.status != EseHeaderReading::Status::corrupt)
    for (const auto& [name, value] : describe(reading.header))
      fields.push_back(JsonObject().add("name", name).add("value", value));
  return JsonObject()
      .add("file", path)
      .add("sound", reading.status == EseHeaderReading::Status::sound)
      .add("status", status_word(reading.status))
      .add("problem", reading.problem)
      .add("page_bytes", reading.page_bytes)
      .add("temporary", reading.is_temporary)
      .add("fields", fields);
}

}  // namespace

ExitCode run_command(Session& session, const InspectCommand& command) {
  session.start(JsonObject().add("files", command.files));
  ExitCode code = ExitCode::sound;
  std::vector<JsonObject> results;
  for (const std::string& path : command.files) {
    const auto front = read_front(path);
    const auto reading = front ? read_ese_header(*front) : EseHeaderReading{};
    if (!front ||
        (reading.status == EseHeaderReading::Status::corrupt && !looks_like_ese(*front))) {
      const Error error =
          front ? Error{{}, fmt::format("{} is not an ESE database", path), ""} : front.error();
      session.report_error(error);
      results.push_back(JsonObject().add("file", path).add("error", error.line()));
      code = worse_of(code, ExitCode::failed);
      continue;
    }
    if (reading.status != EseHeaderReading::Status::sound)
      code = worse_of(code, ExitCode::findings);
    session.print(header_text(path, reading, session.env().out_terminal ? session.width() : 0));
    results.push_back(header_json(path, reading));
  }
  return session.finish(code, JsonObject().add("files", results));
}

}  // namespace tintype
