// set.json: what one backup run did, written last. Its appearance is the commit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/manifest/gate_record.h"
#include "engine/read_back.h"
#include "engine/unreadable_range.h"
#include "io/folder/folder_problems.h"
#include "io/result.h"
#include "verify/ese/stream/ese_stream_report.h"
#include "verify/verify_report.h"

namespace tintype {

enum class BackupType : std::uint8_t { full, copy };  // only full may ever truncate
[[nodiscard]] std::string_view to_string(BackupType type) noexcept;

struct VolumeManifest {
  std::string name;
  std::string source;  // path it was read from
  std::string image;   // file name in the set
  std::string filesystem, label;
  std::uint64_t volume_bytes = 0, captured_bytes = 0, image_bytes = 0;
  std::uint32_t chunk_bytes = 0;
  bool all_blocks = false, stock = false;
  std::string compression;     // "auto", "lz4", "none"
  std::string content_digest;  // 32 hex digits
  ReadBack read_back = ReadBack::unsaid;
  std::vector<UnreadableRange> unreadable;
  std::uint64_t unreadable_total = 0;  // of which `unreadable` are the first
  std::vector<FileReport> databases;
  std::string databases_not_checked;
  bool folder = false;  // a folder was copied, not a volume: it restores as files only
  // What of a folder is not in the image; of any source, what changed while it was read.
  FolderProblems folder_problems;
  // Whether anybody looked for that. False in sets of versions that did not, and for the export of
  // an NBD server elsewhere.
  bool source_watched = false;
  std::string
      source_in_use;  // who had it open for writing or mounted, as was allowed; "" if nobody
};

struct SetManifest {
  static constexpr int kFormat = 2;
  int format = kFormat;  // as it was read; what is written has kFormat
  // Sets are in this order, whatever their clocks said: 1 + the highest in the repository when this
  // one was begun. 0: format 1 knew none.
  std::uint64_t sequence = 0;
  std::string name;     // of the set's folder
  std::string program;  // "tintype 0.1.0"
  std::string host;
  BackupType type = BackupType::copy;
  std::string started_utc, finished_utc;  // "2026-11-22T18:15:00Z"
  bool all_databases = false;  // asserted: no database of its streams is outside this backup
  std::vector<VolumeManifest> volumes;
  std::vector<EseStreamReport> streams;  // over all volumes
  std::vector<GateRecord> gates;         // what the completion gate said, one a stream
  // Nothing unreadable, every database sound, every stream recoverable: exit code 0, else 3.
  bool sound = false;
};

// JSON, indented, UTF-8, with its checksum; unknown members are ignored when read (newer minor
// versions add some).
[[nodiscard]] std::string to_json(const SetManifest& manifest);
// `format_min`: what the repository demands. From 2 on the checksum is looked at before anything
// else; a text of format 1 has none, and no member that only later ones have.
[[nodiscard]] Result<SetManifest> parse_manifest(std::string_view json, std::string_view path,
                                                 int format_min = 1);
// A text that is longer, or whose lists take more, is refused: no manifest may cost more memory
// than a backup does.
inline constexpr std::size_t kManifestTextBytesMax = 16 << 20;
inline constexpr std::size_t kManifestMemoryBytesMax = 40 << 20;

// What the lists of a manifest come to.
struct SetSummary {
  std::uint64_t findings = 0;
  bool databases_checked = true;  // on every volume
  bool read_back = true;          // every image
};
[[nodiscard]] SetSummary summary_of(const SetManifest& manifest);
// Leaves out what would make the manifest too long to be read: of findings and unreadable ranges
// the later ones, of which the totals remain, and the logs of a stream that has far too many: the
// gate, asked after that, stays shut.
void shorten(SetManifest& manifest);

// What of its own parts denies that the set is sound; "" = nothing, and then it is.
[[nodiscard]] std::string flaw_in(const SetManifest& manifest);
// What in it cannot be true: names that leave the set's folder, a "sound" that its own findings
// deny, an open gate over a shut one's facts. "" = nothing. Reading and committing both ask.
[[nodiscard]] std::string contradiction_in(const SetManifest& manifest);
// One line of JSON each, for --json and for the report inside an image.
[[nodiscard]] std::string to_json_line(const SetManifest& manifest);
[[nodiscard]] std::string to_json_line(const VolumeManifest& volume);
[[nodiscard]] std::string to_json_line(const FileReport& report);
[[nodiscard]] std::string to_json_line(const EseStreamReport& report);

}  // namespace tintype
