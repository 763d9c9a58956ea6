// Statements of a manifest that its own parts deny. A manifest with one is refused whole, so each
// rule here must hold for everything a backup can honestly write.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <set>

#include "engine/manifest/manifest.h"
#include "engine/manifest/set_name.h"
#include "hashing/counted.h"
#include "verify/ese/ese_events.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 53;  // what jq still counts exactly

bool is_digest(std::string_view text) noexcept {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string in_report(const FileReport& report) {
  const PageCounts& pages = report.pages;
  const std::uint64_t parts[] = {pages.uninitialised, pages.correctable, pages.bad_checksum,
                                 pages.wrong_place, pages.unreadable};
  // Of a log more kinds may fit one page: then none of it is sound.
  std::uint64_t others = 0;
  for (const std::uint64_t part : parts) {
    if (part > pages.seen) return "counts more pages of a kind than it has seen";
    others += part;
  }
  if (pages.sound != pages.seen - std::min(pages.seen, others))
    return "counts other pages than it has seen";
  if (report.unsound_total > report.findings_total ||
      report.unchecked_total > report.unsound_total ||
      report.findings.size() > report.findings_total)
    return "counts its findings wrong";
  std::uint64_t unsound = 0, unchecked = 0;
  for (const Finding& finding : report.findings) {
    unsound += !is_warning(finding.kind);
    unchecked +=
        finding.kind == FindingKind::not_checked || finding.kind == FindingKind::incomplete;
  }
  const bool all_listed = report.findings.size() == report.findings_total;
  if (all_listed ? unsound != report.unsound_total : unsound > report.unsound_total)
    return "has other findings than it counts";
  if (all_listed ? unchecked != report.unchecked_total : unchecked > report.unchecked_total)
    return "has other findings than it counts";
  if (report.unsound_total == 0 && (pages.wrong_place != 0 || pages.unreadable != 0))
    return "has bad pages without a finding";
  return {};
}

std::string in_volume(const VolumeManifest& volume, int format) {
  // An image's name is joined to the set's path: "../x" must never come that far.
  if (!is_plain_name(volume.image) || !volume.image.ends_with(kImageSuffix))
    return fmt::format("the image name \"{}\" is not the name of a .tint file in the set",
                       volume.image);
  if (!is_plain_name(volume.name))
    return fmt::format("the volume name \"{}\" is not a plain name", volume.name);
  if (volume.captured_bytes > volume.volume_bytes)
    return fmt::format("volume {} captured more bytes than it has", volume.name);
  if (!is_digest(volume.content_digest) && (format > 1 || !volume.content_digest.empty()))
    return fmt::format("the digest of volume {} is not 32 hexadecimal digits", volume.name);
  if (volume.read_back == ReadBack::unsaid && format > 1)
    return fmt::format("whether volume {} was read back is not said", volume.name);
  if (volume.chunk_bytes != 0 && !std::has_single_bit(volume.chunk_bytes))
    return fmt::format("volume {} has chunks of {} bytes", volume.name, volume.chunk_bytes);
  for (const auto& [range, path, file_offset] : volume.unreadable)
    if (range.length == 0 || range.offset > volume.volume_bytes ||
        range.length > volume.volume_bytes - range.offset)
      return fmt::format("volume {} has an unreadable range beyond its end", volume.name);
  for (const FileReport& report : volume.databases)
    if (const std::string fault = in_report(report); !fault.empty())
      return fmt::format("{} on volume {} {}", report.path, volume.name, fault);
  return {};
}

// The reports of a path: databases of one stream may lie on several volumes.
bool is_sound_somewhere(const SetManifest& manifest, const std::string& path) {
  return std::ranges::any_of(manifest.volumes, [&](const VolumeManifest& volume) {
    return std::ranges::any_of(volume.databases, [&](const FileReport& report) {
      return report.path == path && report.sound();
    });
  });
}

std::string in_stream(const EseStreamReport& stream, const SetManifest& manifest) {
  if (std::ranges::find(manifest.volumes, stream.volume, &VolumeManifest::name) ==
      manifest.volumes.end())
    return fmt::format("log stream {} lies on volume {}, which is not in the set", stream.base,
                       stream.volume);
  const bool good =
      stream.verdict == StreamVerdict::sound || stream.verdict == StreamVerdict::recoverable;
  for (const StreamDatabase& database : stream.databases) {
    if (database.sound && !is_sound_somewhere(manifest, database.path))
      return fmt::format("log stream {} calls {} sound, and no volume does", stream.base,
                         database.path);
    if (good && !database.sound)
      return fmt::format("log stream {} is {}, but {} is not sound", stream.base,
                         to_string(stream.verdict), database.path);
    if (stream.verdict == StreamVerdict::sound && database.dirty)
      return fmt::format("log stream {} needs no log, but {} was not shut down clean", stream.base,
                         database.path);
    if (database.dirty && (database.gen_min_required < 0 || database.gen_max_committed < 0))
      return fmt::format("{} needs logs that cannot be", database.path);
  }
  if (good && stream.databases.empty())
    return fmt::format("log stream {} is {} without a database", stream.base,
                       to_string(stream.verdict));
  if (std::ranges::any_of(stream.findings,
                          [](const Finding& finding) { return !is_warning(finding.kind); }) &&
      good)
    return fmt::format("log stream {} is {} in spite of its findings", stream.base,
                       to_string(stream.verdict));
  return {};
}

// An open gate says that logs may go: whatever of the manifest must be so for that is asked again.
std::string in_open_gate(const GateRecord& gate, const EseStreamReport& stream,
                         const SetManifest& manifest) {
  if (manifest.type != BackupType::full) return "of a backup that is not full";
  if (!manifest.all_databases) return "though nobody said that all databases are here";
  if (std::ranges::any_of(manifest.volumes, [](const auto& volume) {
        return volume.folder || !was_read_back(volume.read_back);
      }))
    return "over an image that was not read back, or is a folder's";
  if (std::ranges::any_of(manifest.volumes, [](const auto& volume) {
        return volume.folder_problems.total != 0 || !volume.source_in_use.empty();
      }))
    return "over a source that changed while it was read";
  if (spoils_backup(stream) || stream.databases.empty())
    return fmt::format("over a stream that is {}", to_string(stream.verdict));
  if (stream.circular || stream.gen_checkpoint <= 0 || !stream.attached_elsewhere.empty())
    return "over a stream that keeps it shut";
  if (std::ranges::any_of(stream.logs,
                          [](const StreamLog& log) { return !log.current && !log.sound; }))
    return "over a damaged log";
  if (gate.event != kEventDeletingLogs && gate.event != kEventNothingToTruncate)
    return "without its event";
  const bool deletes = gate.event == kEventDeletingLogs;
  if (deletes ? gate.truncate_from <= 0 || gate.truncate_below <= gate.truncate_from
              : gate.truncate_from != 0 || gate.truncate_below != 0)
    return "with a range that its event denies";
  if (gate.truncate_below > stream.gen_checkpoint || gate.truncate_below > stream.gen_last_closed)
    return "that lets logs go which a restore needs";
  for (const StreamDatabase& database : stream.databases) {
    if (database.repairs > 0) return fmt::format("though {} was repaired", database.path);
    if (database.dirty && gate.truncate_below > database.gen_min_required)
      return fmt::format("that lets logs go which {} needs", database.path);
  }
  return {};
}

std::string in_gates(const SetManifest& manifest) {
  if (manifest.gates.empty() && manifest.format == 1) return {};
  if (manifest.gates.size() != manifest.streams.size())
    return fmt::format("it has {} and the gates of {}",
                       counted(manifest.streams.size(), "log stream"), manifest.gates.size());
  for (std::size_t i = 0; i < manifest.gates.size(); ++i) {
    const GateRecord& gate = manifest.gates[i];
    const EseStreamReport& stream = manifest.streams[i];
    if (gate.base != stream.base || gate.volume != stream.volume ||
        gate.log_folder != stream.log_folder)
      return fmt::format("the gate of log stream {} is another one's", stream.base);
    if (!gate.open()) {
      if (gate.event != 0 || gate.truncate_from != 0 || gate.truncate_below != 0)
        return fmt::format("the gate of log stream {} is shut and lets logs go", stream.base);
      if (gate.summary.empty())
        return fmt::format("the gate of log stream {} is shut and does not say why", stream.base);
    } else if (const std::string fault = in_open_gate(gate, stream, manifest); !fault.empty()) {
      return fmt::format("the gate of log stream {} is open {}", stream.base, fault);
    }
  }
  return {};
}

}  // namespace

std::string flaw_in(const SetManifest& manifest) {
  for (const VolumeManifest& volume : manifest.volumes) {
    if (!volume.unreadable.empty() || volume.unreadable_total != 0)
      return fmt::format("volume {} has unreadable bytes", volume.name);
    if (volume.folder_problems.total != 0)
      return volume.folder
                 ? fmt::format("files of the folder {} are missing or changed", volume.name)
                 : fmt::format("the source of {} changed while it was read", volume.name);
    for (const FileReport& report : volume.databases)
      if (!report.sound()) return fmt::format("{} on volume {} is not", report.path, volume.name);
  }
  for (const EseStreamReport& stream : manifest.streams)
    if (spoils_backup(stream))
      return fmt::format("log stream {} is {}", stream.base, to_string(stream.verdict));
  return {};
}

std::string contradiction_in(const SetManifest& manifest) {
  std::set<std::string_view> names, images;
  for (const VolumeManifest& volume : manifest.volumes) {
    if (std::string fault = in_volume(volume, manifest.format); !fault.empty()) return fault;
    if (!images.insert(volume.image).second)
      return fmt::format("two volumes share the image {}", volume.image);
    if (!names.insert(volume.name).second)
      return fmt::format("two volumes are called {}", volume.name);
  }
  if (manifest.volumes.empty()) return "it lists no volumes";
  if (manifest.format > 1 && !is_plain_name(manifest.name))
    return fmt::format("\"{}\" is no name for a backup set", manifest.name);
  if (manifest.format > 1 && (manifest.sequence == 0 || manifest.sequence > kSequenceMax))
    return fmt::format("it has the impossible sequence {}", manifest.sequence);
  for (const std::string* time : {&manifest.started_utc, &manifest.finished_utc})
    if (!parse_utc_text(*time) && (manifest.format > 1 || !time->empty()))
      return fmt::format("\"{}\" is no time", *time);
  if (const std::string flaw = flaw_in(manifest); manifest.sound && !flaw.empty())
    return fmt::format("it claims to be sound, but {}", flaw);
  else if (!manifest.sound && flaw.empty() && manifest.format > 1)
    return "it claims findings, and has none";
  for (const EseStreamReport& stream : manifest.streams)
    if (std::string fault = in_stream(stream, manifest); !fault.empty()) return fault;
  return in_gates(manifest);
}

}  // namespace tintype
