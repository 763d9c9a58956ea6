#include "tools/set_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/gate_text.h"
#include "tools/report_text.h"
#include "tools/text.h"
#include "tools/units.h"
#include "verify/ese_log_stream.h"

namespace tintype {
namespace {

using Row = std::array<std::string, 6>;

std::string volume_names(const SetManifest& manifest) {
  std::string names;
  for (const VolumeManifest& volume : manifest.volumes)
    names +=
        (names.empty() ? "" : " ") + printable(volume.name) + (volume.folder ? " (folder)" : "");
  return names;
}

bool all_checked(const SetManifest& manifest) {
  return std::all_of(manifest.volumes.begin(), manifest.volumes.end(),
                     [](const auto& volume) { return volume.databases_not_checked.empty(); });
}

bool all_read_back(const SetManifest& manifest) {
  return std::none_of(manifest.volumes.begin(), manifest.volumes.end(),
                      [](const auto& volume) { return volume.read_back == "none"; });
}

std::string volume_text(const VolumeManifest& volume, std::size_t width) {
  std::string captured = bytes_of_text(volume.captured_bytes, volume.volume_bytes);
  captured += volume.folder       ? " (a folder: restores as files only)"
              : volume.all_blocks ? " (all blocks)"
                                  : " (free space is not captured)";
  std::string stored = bytes_text(volume.image_bytes);
  if (volume.image_bytes > 0)
    stored += fmt::format(", ratio {:.2f}", static_cast<double>(volume.captured_bytes) /
                                                static_cast<double>(volume.image_bytes));
  stored += fmt::format(", compression {}, chunks of {}", printable(volume.compression),
                        bytes_text(volume.chunk_bytes));
  if (volume.stock) stored += ", stock lz4";
  const std::vector<UnreadableRange> unreadable = unreadable_of(volume);
  return fmt::format("{} ({})\n", printable(volume.name), printable(volume.source)) +
         fact_line("filesystem", filesystem_text(volume.filesystem, volume.label), width) +
         fact_line("captured", captured, width) + fact_line("stored", stored, width) +
         fact_line("image", printable(volume.image), width) +
         fact_line("digest", printable(volume.content_digest), width) +
         fact_line("read back", read_back_text(volume.read_back, 0), width) +
         databases_text(volume.databases, volume.databases_not_checked, width) +
         findings_text(volume.databases, unreadable, width) +
         folder_problems_text(volume.folder_problems, width);
}

}  // namespace

std::string_view set_state(const SetEntry& entry) {
  if (!entry.problem.empty()) return "damaged";
  if (!entry.finished) return entry.running ? "running" : "unfinished";
  return entry.manifest.sound ? "sound" : "findings";
}

std::string set_verdict(const SetEntry& entry) {
  if (!entry.problem.empty()) return "DAMAGED";
  if (!entry.finished) return std::string(set_state(entry));
  std::uint64_t findings = 0;
  for (const VolumeManifest& volume : entry.manifest.volumes) {
    findings += volume.unreadable.size() + volume.folder_problems.total;
    for (const FileReport& report : volume.databases) findings += report.unsound_total;
  }
  for (const EseStreamReport& stream : entry.manifest.streams)
    if (spoils_backup(stream)) ++findings;
  std::string verdict = entry.manifest.sound ? "sound" : fmt::format("{} FINDINGS", findings);
  if (!all_checked(entry.manifest))
    verdict = entry.manifest.sound ? "NOT CHECKED" : verdict + ", NOT CHECKED";
  if (!all_read_back(entry.manifest)) verdict += ", not read back";
  return verdict;
}

std::string minute_text(std::string_view utc) {
  if (utc.size() < 16) return "-";
  std::string text = printable(utc.substr(0, 16));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string sets_table(std::span<const SetEntry> sets) {
  if (sets.empty()) return "no backup sets\n";
  std::vector<Row> rows{{"SET", "TYPE", "FINISHED (UTC)", "SIZE", "VERDICT", "VOLUMES"}};
  for (const SetEntry& entry : sets) {
    const bool known = entry.finished && entry.problem.empty();
    rows.push_back({printable(entry.name),
                    known ? std::string(to_string(entry.manifest.type)) : "-",
                    known ? minute_text(entry.manifest.finished_utc) : "-", bytes_text(entry.bytes),
                    set_verdict(entry), known ? volume_names(entry.manifest) : "-"});
  }
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  std::string table;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) line += padded(rows[r][i], widths[i]) + "  ";
    table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    if (r > 0 && !sets[r - 1].problem.empty())
      table += "    " + wrapped(printable(sets[r - 1].problem), 4, 80) + "\n";
  }
  return table;
}

std::string set_text(const SetEntry& entry, std::size_t width) {
  const SetManifest& manifest = entry.manifest;
  std::string text = fmt::format("{}\n", printable(entry.name));
  text += fact_line("path", printable(entry.path), width);
  text += fact_line("type", to_string(manifest.type), width);
  text += fact_line(
      "host", fmt::format("{}, {}", printable(manifest.host), printable(manifest.program)), width);
  text += fact_line("started", printable(manifest.started_utc), width);
  text += fact_line("finished", printable(manifest.finished_utc), width);
  text += fact_line("size", bytes_text(entry.bytes), width);
  for (const VolumeManifest& volume : manifest.volumes) text += volume_text(volume, width);
  text += streams_text(manifest.streams, width);
  for (const GateRecord& gate : manifest.gates) text += gate_text(gate, width);
  return text + fmt::format("verdict: {}\n", set_verdict(entry));
}

}  // namespace tintype
