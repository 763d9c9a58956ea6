// Which files `check` is asked about: one file, the logs of a stream named by its base
// ("Logs/E00"), or every ESE file in a folder and below it, found by name, then by content.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"
#include "io/result.h"
#include "verify/ese/log/ese_file_kind.h"

namespace tintype {

enum class CheckSubject : std::uint8_t { file, log_set, folder };
[[nodiscard]] std::string_view to_string(CheckSubject subject) noexcept;  // "log set"

struct CheckFile {
  std::string path;  // as it was asked for, or below the folder that was
  EseFileKind kind = EseFileKind::none;
  std::uint64_t file_bytes = 0;
  std::string problem;  // why it cannot be looked at; "" if it can
};

struct CheckFiles {
  CheckSubject subject = CheckSubject::file;
  std::string base;              // of a log set, as it was asked for: "E00"
  std::vector<CheckFile> files;  // sorted by path; at least one
  std::uint64_t reads = 0;       // made to look at them
};

// A file that is no ESE file, or an empty one, is an error if it was asked for by itself, and
// passed by in a folder. So is a folder or a base without any. So many files of a folder are looked
// into at once, each of which has one handle and kEseFrontBytes of memory then; the result does not
// depend on it.
[[nodiscard]] Result<CheckFiles> find_check_files(const std::string& what, JobMonitor& monitor,
                                                  unsigned at_once);

// The file's first kEseFrontBytes, and its size.
struct EseFront {
  std::vector<std::byte> bytes;
  std::uint64_t file_bytes = 0;
};
[[nodiscard]] Result<EseFront> read_ese_front(const std::string& path);
// "x.bin is not an ESE file: …"
[[nodiscard]] Error not_an_ese_file(const std::string& path);

}  // namespace tintype
