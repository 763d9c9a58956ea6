// Which files `check` is asked about: one file, the logs of a stream named by its base
// ("Logs/E00"), or every database and file of a log stream in a folder and below it, found by name,
// then by content.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"
#include "engine/survey/database_survey.h"
#include "io/result.h"
#include "verify/ese/log/ese_file_kind.h"

namespace tintype {

enum class CheckSubject : std::uint8_t { file, log_set, folder };
[[nodiscard]] std::string_view to_string(CheckSubject subject) noexcept;  // "log set"

struct CheckFile {
  std::string path;                          // as it was asked for, or below the folder that was
  const DatabaseFormat* database = nullptr;  // what kind of one; null if it is none
  EseFileKind kind = EseFileKind::none;      // of a database `database`, whatever its format
  std::uint64_t file_bytes = 0;
  std::string problem;  // why it cannot be looked at; "" if it can
};

struct CheckFiles {
  CheckSubject subject = CheckSubject::file;
  std::string base;              // of a log set, as it was asked for: "E00"
  std::vector<CheckFile> files;  // sorted by path; at least one
  DatabaseSurvey databases;      // by their formats; companions of a folder are learned
  std::uint64_t reads = 0;       // made to look at them
};

// A file that none of the formats and no log stream knows, or an empty one, is an error if it was
// asked for by itself, and passed by in a folder. So is a folder or a base without any. So many
// files of a folder are looked into at once, each of which has one handle and kDatabaseFrontBytes
// of memory then; the result does not depend on it.
[[nodiscard]] Result<CheckFiles> find_check_files(const std::string& what, DatabaseFormats formats,
                                                  JobMonitor& monitor, unsigned at_once);

// The file's first kDatabaseFrontBytes, and its size.
struct FileFront {
  std::vector<std::byte> bytes;
  std::uint64_t file_bytes = 0;
};
[[nodiscard]] Result<FileFront> read_file_front(const std::string& path);
// "x.bin is not an ESE file: …", of whatever formats.
[[nodiscard]] Error not_a_file_of(std::string_view formats, const std::string& path);

}  // namespace tintype
