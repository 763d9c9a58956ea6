#include "tools/text/volume_text.h"

#include <fmt/format.h>

#include "hashing/counted.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using HeaderStatus = EseHeaderReading::Status;

bool has_header(const VolumeFacts::Database& database) {
  return database.problem.empty() && database.format.empty() &&
         database.header.status != HeaderStatus::corrupt &&
         database.header.status != HeaderStatus::refused;
}

EseState state_of(const VolumeFacts::Database& database) {
  return static_cast<EseState>(database.header.header.state.value());
}

bool needs_logs(const VolumeFacts::Database& database) {
  return database.header.header.gen_min_required != 0;
}

std::string database_text(const VolumeFacts::Database& database, std::size_t width) {
  std::string text = fmt::format("    {}\n", printable(database.path));
  const std::string size = bytes_text(database.file_bytes);
  const EseHeaderReading& header = database.header;
  if (!database.problem.empty())
    return text +
           list_item(fmt::format("{}, HEADER NOT READ: {}", size, printable(database.problem)), 6,
                     width);
  if (!database.format.empty())
    return text + list_item(fmt::format("{}, {}", size, printable(database.format)), 6, width);
  if (!has_header(database))
    return text +
           list_item(fmt::format("{}, NO USABLE HEADER: {}", size, printable(header.problem)), 6,
                     width);
  text += list_item(fmt::format("{}, pages of {}, {}{}", size, bytes_text(header.page_bytes),
                                header.is_temporary ? "a temporary database, " : "",
                                to_string(state_of(database))),
                    6, width);
  if (header.status != HeaderStatus::sound)
    text += list_item(fmt::format("its header: {}", printable(header.problem)), 6, width);
  const std::string stream = database.stream.empty()
                                 ? "; its log stream is not on this volume"
                                 : fmt::format(" of log stream {}", printable(database.stream));
  const DatabaseHeader& fields = header.header;
  if (needs_logs(database))
    return text +
           list_item(fmt::format("needs logs {:#x} to {:#x}{}", fields.gen_min_required.value(),
                                 fields.gen_max_required.value(), stream),
                     6, width);
  return text + list_item(database.stream.empty()
                              ? "needs no logs"
                              : fmt::format("needs no logs; its log stream is {}",
                                            printable(database.stream)),
                          6, width);
}

std::string shadow_text(const VolumeFacts::Shadow& shadow, std::size_t width) {
  const ShadowCopy& copy = shadow.copy;
  const std::string time = filetime_text(copy.created);
  std::string text = fmt::format("{:>5}  {}", copy.number, time.empty() ? "time unknown" : time);
  if (shadow.problem.empty())
    text += fmt::format("  {} changed since, {} kept\n", counted(shadow.changes.blocks, "block"),
                        bytes_text(shadow.changes.kept_bytes));
  else
    text +=
        "\n" + list_item(fmt::format("CANNOT BE READ: {}", printable(shadow.problem)), 7, width);
  if (!copy.id.empty())
    text += fmt::format("       id   {}\n       set  {}\n", copy.id, copy.set_id);
  return text;
}

std::string filesystem_lines(const VolumeFacts& facts, std::size_t width) {
  std::string text;
  std::string filesystem = filesystem_text(facts.filesystem, facts.label);
  if (facts.cluster_bytes != 0)
    filesystem += fmt::format(", clusters of {}", bytes_text(facts.cluster_bytes));
  text += fact_line("filesystem", filesystem, width);
  if (facts.cluster_bytes != 0)
    text += fact_line(
        "used",
        fmt::format("{}, {} free", bytes_of_text(facts.allocated_bytes, facts.volume_bytes),
                    bytes_text(facts.volume_bytes - facts.allocated_bytes)),
        width);
  if (!facts.unreliable.empty())
    text +=
        fact_line("note", fmt::format("NOT UP TO DATE: {}", printable(facts.unreliable)), width);
  return text;
}

JsonObject to_json(const VolumeFacts::Shadow& shadow) {
  const ShadowCopy& copy = shadow.copy;
  return JsonObject()
      .add("number", copy.number)
      .add("id", copy.id)
      .add("set_id", copy.set_id)
      .add("store_id", copy.store_id)
      .add("created_utc", filetime_text(copy.created))
      .add("volume_bytes", copy.volume_bytes)
      .add("attributes", copy.attributes)
      .add("changed_blocks", shadow.changes.blocks)
      .add("changed_bytes", shadow.changes.blocks * kShadowBlockBytes)
      .add("kept_bytes", shadow.changes.kept_bytes)
      .add("problem", shadow.problem);
}

JsonObject to_json(const VolumeFacts::Database& database) {
  JsonObject json;
  json.add("path", database.path)
      .add("bytes", database.file_bytes)
      .add("problem", database.problem.empty() ? database.header.problem : database.problem);
  if (!database.format.empty()) json.add("format", database.format);
  if (!has_header(database)) return json;
  const DatabaseHeader& header = database.header.header;
  return json.add("page_bytes", database.header.page_bytes)
      .add("state", to_string(state_of(database)))
      .add("temporary", database.header.is_temporary)
      .add("log_stream", database.stream)
      .add("logs_required_from", header.gen_min_required.value())
      .add("logs_required_to", header.gen_max_required.value());
}

}  // namespace

std::string volume_facts_text(const VolumeFacts& facts, std::size_t width) {
  std::string text = fmt::format("{}\n", printable(facts.name));
  text += fact_line("size",
                    fmt::format("{} bytes ({}), sectors of {} bytes", facts.volume_bytes,
                                bytes_text(facts.volume_bytes), facts.sector_bytes),
                    width);
  text += filesystem_lines(facts, width);
  if (!facts.shadows_problem.empty())
    text += fact_line("shadows", fmt::format("NOT LISTED: {}", printable(facts.shadows_problem)),
                      width);
  if (!facts.shadows.empty()) text += "  shadow copies\n";
  for (const VolumeFacts::Shadow& shadow : facts.shadows) text += shadow_text(shadow, width);
  if (!facts.unmapped.empty())
    return text + fact_line("databases",
                            fmt::format("NOT LOOKED FOR ({})", printable(facts.unmapped)), width);
  if (facts.databases.empty()) return text + fact_line("databases", "none found", width);
  text += "  databases\n";
  for (const VolumeFacts::Database& database : facts.databases)
    text += database_text(database, width);
  return text;
}

JsonObject volume_facts_json(const VolumeFacts& facts) {
  std::vector<JsonObject> shadows, databases;
  for (const auto& shadow : facts.shadows) shadows.push_back(to_json(shadow));
  for (const auto& database : facts.databases) databases.push_back(to_json(database));
  JsonObject json;
  json.add("volume", facts.name)
      .add("volume_bytes", facts.volume_bytes)
      .add("sector_bytes", facts.sector_bytes)
      .add("filesystem", facts.filesystem)
      .add("label", facts.label)
      .add("unmapped", facts.unmapped)
      .add("unreliable", facts.unreliable);
  if (facts.cluster_bytes != 0)
    json.add("cluster_bytes", facts.cluster_bytes)
        .add("allocated_bytes", facts.allocated_bytes)
        .add("free_bytes", facts.volume_bytes - facts.allocated_bytes);
  return json.add("shadow_copies", shadows)
      .add("shadow_copies_problem", facts.shadows_problem)
      .add("databases", databases);
}

}  // namespace tintype
