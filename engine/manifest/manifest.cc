#include "engine/manifest/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

// Together they stay far below the limits of the reader.
constexpr std::size_t kFindingsMax = 20'000, kUnreadableMax = 40'000;
constexpr std::size_t kLogBytesMax = 20 << 20;

void shorten_findings(SetManifest& manifest) {
  std::size_t findings = 0, files = 0;
  for (const VolumeManifest& volume : manifest.volumes)
    for (const FileReport& report : volume.databases)
      if (!report.findings.empty()) {
        findings += report.findings.size();
        ++files;
      }
  if (findings <= kFindingsMax) return;
  const std::size_t each = std::max<std::size_t>(kFindingsMax / files, 1);
  for (VolumeManifest& volume : manifest.volumes)
    for (FileReport& report : volume.databases)
      if (report.findings.size() > each) report.findings.resize(each);
}

void shorten_unreadable(SetManifest& manifest) {
  const std::size_t each =
      std::max<std::size_t>(kUnreadableMax / std::max<std::size_t>(manifest.volumes.size(), 1), 1);
  for (VolumeManifest& volume : manifest.volumes) {
    volume.unreadable_total =
        std::max<std::uint64_t>(volume.unreadable_total, volume.unreadable.size());
    if (volume.unreadable.size() > each) volume.unreadable.resize(each);
  }
}

}  // namespace

std::string_view to_string(BackupType type) noexcept {
  switch (type) {
    case BackupType::full:
      return "full";
    case BackupType::copy:
      return "copy";
  }
  return "unknown";
}

SetSummary summary_of(const SetManifest& manifest) {
  SetSummary summary;
  for (const VolumeManifest& volume : manifest.volumes) {
    summary.findings += std::max<std::uint64_t>(volume.unreadable_total, volume.unreadable.size()) +
                        volume.folder_problems.total;
    for (const FileReport& report : volume.databases) summary.findings += report.unsound_total;
    summary.databases_checked &= volume.databases_not_checked.empty();
    summary.read_back &= volume.read_back != ReadBack::none;
  }
  for (const EseStreamReport& stream : manifest.streams) summary.findings += is_own_finding(stream);
  return summary;
}

void shorten(SetManifest& manifest) {
  shorten_findings(manifest);
  shorten_unreadable(manifest);
  std::size_t bytes = 0;
  for (EseStreamReport& stream : manifest.streams) {
    const std::size_t before = bytes;
    for (const StreamLog& log : stream.logs) bytes += 3 * sizeof log + log.path.size();
    if (bytes <= kLogBytesMax) continue;
    bytes = before;
    stream.findings.push_back(
        {.kind = FindingKind::stream_warning,
         .text =
             fmt::format("{} logs are too many for the manifest: none is listed, and none may go",
                         stream.logs.size())});
    stream.logs.clear();
    stream.logs.shrink_to_fit();
  }
}

}  // namespace tintype
