// set.json: what one backup run did, written last. Its appearance is the commit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/completion/gate_record.h"
#include "io/extent.h"
#include "io/result.h"
#include "io/volume/folder_problems.h"
#include "verify/ese_stream_report.h"
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
  std::string read_back;       // "direct", "page cache", "none"
  struct Unreadable {
    Extent range;
    std::string path;
    std::uint64_t file_offset = 0;
  };
  std::vector<Unreadable> unreadable;
  std::vector<FileReport> databases;
  std::string databases_not_checked;
  bool folder = false;             // a folder was copied, not a volume: it restores as files only
  FolderProblems folder_problems;  // what of it is not in the image, or changed while it was read
};

struct SetManifest {
  static constexpr int kFormat = 1;
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

// JSON, indented, UTF-8; unknown members are ignored when read (newer minor versions add some).
[[nodiscard]] std::string to_json(const SetManifest& manifest);
[[nodiscard]] Result<SetManifest> parse_manifest(std::string_view json, std::string_view path);
// What in it cannot be true: names that leave the set's folder, a "sound" that its own findings
// deny. "" = nothing. Reading and committing both ask.
[[nodiscard]] std::string contradiction_in(const SetManifest& manifest);
// One line of JSON each, for --json and for the report inside an image.
[[nodiscard]] std::string to_json_line(const SetManifest& manifest);
[[nodiscard]] std::string to_json_line(const VolumeManifest& volume);
[[nodiscard]] std::string to_json_line(const FileReport& report);
[[nodiscard]] std::string to_json_line(const EseStreamReport& report);

}  // namespace tintype
