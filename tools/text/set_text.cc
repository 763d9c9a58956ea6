#include "tools/text/set_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/repository/set_order.h"
#include "hashing/counted.h"
#include "tools/text/gate_text.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using Row = std::array<std::string, 6>;
using Widths = std::array<std::size_t, 6>;
constexpr std::size_t kVerdictColumn = 3, kVolumesColumn = 5;

Widths widths_of(std::span<const Row> rows) {
  Widths widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  return widths;
}

bool fits(std::span<const Row> rows, std::size_t width) {
  std::size_t used = 0;
  for (const std::size_t one : widths_of(rows)) used += one == 0 ? 0 : one + 2;
  return width == 0 || used <= width + 2;  // nothing stands behind the last
}

// What goes below each row where the table is wider than the terminal: what qualifies a verdict,
// and if that is not enough the volumes. The header says nothing below itself.
std::vector<std::string> fit(std::vector<Row>& rows, std::size_t width) {
  std::vector<std::string> below(rows.size());
  if (fits(rows, width)) return below;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    std::string& verdict = rows[r][kVerdictColumn];
    const auto comma = verdict.find(", ");
    if (comma == std::string::npos) continue;
    below[r] = verdict.substr(comma + 2);
    verdict.resize(comma);
  }
  if (fits(rows, width)) return below;
  rows[0][kVolumesColumn].clear();
  for (std::size_t r = 1; r < rows.size(); ++r) {
    std::string& volumes = rows[r][kVolumesColumn];
    if (volumes != "-") below[r] += (below[r].empty() ? "" : "; ") + ("volumes: " + volumes);
    volumes.clear();
  }
  return below;
}

std::string volume_names(const SetManifest& manifest) {
  std::string names;
  for (const VolumeManifest& volume : manifest.volumes)
    names +=
        (names.empty() ? "" : " ") + printable(volume.name) + (volume.folder ? " (folder)" : "");
  return names;
}

// "never", the day, "DAMAGED": one word for all volumes of a set.
std::string verified_word(const SetStanding& standing) {
  if (standing.damaged()) return "DAMAGED";
  if (standing.unknown()) return "UNKNOWN";
  const std::string utc = standing.verified_utc();
  return utc.empty() ? "never" : printable(utc.substr(0, 10));
}

std::string verified_line(const SetStanding::Volume& volume, std::size_t width) {
  std::string text;
  if (!volume.problem.empty())
    text += fact_line(volume.damaged ? "DAMAGED" : "UNKNOWN", printable(volume.problem), width);
  if (!volume.verified) return text + fact_line("verified", "never since it was made", width);
  const Verdict& last = *volume.verified;
  return text + fact_line("verified",
                          printable(fmt::format("{} ({}): {}", last.time_utc, last.level,
                                                last.sound ? "as it was written" : last.found)),
                          width);
}

std::string volume_text(const VolumeManifest& volume, const SetStanding::Volume& standing,
                        std::size_t width) {
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
  return fmt::format("{} ({})\n", printable(volume.name), printable(volume.source)) +
         fact_line("filesystem", filesystem_text(volume.filesystem, volume.label), width) +
         fact_line("captured", captured, width) + fact_line("stored", stored, width) +
         fact_line("image", printable(volume.image), width) +
         fact_line("digest", printable(volume.content_digest), width) +
         fact_line("read back", read_back_text(volume.read_back, 0), width) +
         verified_line(standing, width) +
         databases_text(volume.databases, volume.databases_not_checked, width) +
         findings_text(volume.databases, volume.unreadable, width) +
         folder_problems_text(volume.folder_problems, width);
}

}  // namespace

std::string_view set_state(const KnownSet& set) {
  const SetEntry& entry = set.entry;
  if (entry.problem_code) return "unreadable";
  if (!entry.problem.empty() || set.standing.damaged()) return "damaged";
  if (!entry.finished) return entry.running ? "running" : "unfinished";
  return set.standing.unknown() ? "unreadable" : "finished";
}

ExitCode code_of(const KnownSet& set) {
  const std::string_view state = set_state(set);
  return state == "damaged"      ? ExitCode::damaged
         : state == "unreadable" ? ExitCode::failed
                                 : ExitCode::sound;
}

std::string_view recorded_word(const SetEntry& entry) {
  if (!entry.finished || !entry.problem.empty()) return "";
  if (!entry.manifest.sound) return "findings";
  return entry.summary.databases_checked ? "sound" : "not checked";
}

std::string recorded_verdict(const SetEntry& entry) {
  if (entry.problem_code) return "NOT READABLE";
  if (!entry.problem.empty()) return "DAMAGED";
  if (!entry.finished) return entry.running ? "running" : "unfinished";
  const SetSummary& summary = entry.summary;
  std::string verdict =
      entry.manifest.sound ? "sound" : counted(summary.findings, "FINDING", "FINDINGS");
  if (!summary.databases_checked)
    verdict = entry.manifest.sound ? "NOT CHECKED" : verdict + ", NOT CHECKED";
  if (!summary.read_back) verdict += ", not read back";
  if (entry.manifest.format == 1) verdict += ", no checksum";
  return verdict;
}

std::string last_verified_json(const SetStanding& standing) {
  const Verdict* oldest = nullptr;
  for (const SetStanding::Volume& volume : standing.volumes) {
    if (!volume.verified) return "null";
    if (oldest == nullptr || volume.verified->sound < oldest->sound ||
        (volume.verified->sound == oldest->sound && volume.verified->time_utc < oldest->time_utc))
      oldest = &*volume.verified;
  }
  if (oldest == nullptr) return "null";
  return JsonObject()
      .add("time_utc", oldest->time_utc)
      .add("sound", oldest->sound)
      .add("level", oldest->level)
      .add("pages", oldest->pages)
      .str();
}

std::string day_text(std::string_view utc) {
  return utc.size() < 10 ? "-" : printable(utc.substr(0, 10));
}

std::string sets_table(std::span<const KnownSet> sets, std::size_t width) {
  if (sets.empty()) return "no backup sets\n";
  std::vector<Row> rows{{"SET", "FINISHED", "SIZE", "WHEN MADE", "VERIFIED", "VOLUMES"}};
  for (const auto& [entry, standing] : sets) {
    const bool known = entry.finished && entry.problem.empty();
    rows.push_back({printable(entry.name), known ? day_text(entry.manifest.finished_utc) : "-",
                    bytes_text(entry.bytes), recorded_verdict(entry),
                    known ? verified_word(standing) : "-",
                    known ? volume_names(entry.manifest) : "-"});
  }
  const std::vector<std::string> below = fit(rows, width);
  const Widths widths = widths_of(rows);
  const std::size_t wrap_at = width == 0 ? 80 : width;
  std::string table;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) line += padded(rows[r][i], widths[i]) + "  ";
    table += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    const auto add = [&](const std::string& text) {
      if (!text.empty()) table += "    " + wrapped(text, 4, wrap_at) + "\n";
    };
    add(below[r]);
    if (r == 0) continue;
    add(printable(sets[r - 1].entry.problem));
    for (const SetStanding::Volume& volume : sets[r - 1].standing.volumes)
      add(printable(volume.problem));
  }
  return table;
}

std::string set_text(const KnownSet& set, std::size_t width) {
  const SetEntry& entry = set.entry;
  const SetManifest& manifest = entry.manifest;
  std::string text = fmt::format("{}\n", printable(entry.name));
  text += fact_line("path", printable(entry.path), width);
  text += fact_line("type", to_string(manifest.type), width);
  text += fact_line(
      "host", fmt::format("{}, {}", printable(manifest.host), printable(manifest.program)), width);
  text += fact_line("started", printable(manifest.started_utc), width);
  text += fact_line("finished", printable(manifest.finished_utc), width);
  text += fact_line("size", bytes_text(entry.bytes), width);
  text += fact_line("manifest",
                    manifest.format == 1
                        ? "format 1: no checksum, so damage in it may go unseen"
                        : fmt::format("format {}, its checksum is right", manifest.format),
                    width);
  if (manifest.sequence != 0)
    text += fact_line("sequence", fmt::format("{}", manifest.sequence), width);
  for (std::size_t i = 0; i < manifest.volumes.size(); ++i)
    text += volume_text(manifest.volumes[i], set.standing.volumes.at(i), width);
  text += streams_text(manifest.streams, width);
  for (const GateRecord& gate : manifest.gates) text += gate_text(gate, width);
  text += fmt::format("verdict when it was made: {}\n", recorded_verdict(entry));
  const std::string verified = verified_word(set.standing);
  return text + (verified == "never"     ? "never verified since: tintype verify reads it again\n"
                 : verified == "DAMAGED" ? "now: DAMAGED, see above\n"
                                         : fmt::format("last verified: {}\n", verified));
}

}  // namespace tintype
