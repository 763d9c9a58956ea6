// The files of a volume that make up log streams: found by name while the volume is surveyed,
// checked as they stream by, and handed to the judge of streams when the pass is done.
#pragma once

#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/flow/inline_checks.h"
#include "io/filesystem/filesystem_map.h"
#include "verify/database_format.h"
#include "verify/ese/log/ese_file_kind.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {

inline constexpr const char* kStreamFileGlobs[] = {"*.log", "*.jtx", "*.chk", "*.jcp", "*.jfm"};

// Every byte of a file that lies on the volume is `captured`. A map that calls free what it gives
// to a file contradicts itself, and what the copy does not hold is not checked for it.
[[nodiscard]] bool lies_in(const FileEntry& file, const ExtentList& captured);

class StreamSurvey {
 public:
  void add_database(const std::string& path, const EseHeaderReading& header);
  // The same of any database: only ESE's have log streams.
  void add_database(const DatabaseFormat& format, const std::string& path,
                    std::span<const std::byte> front);
  // Adds the check of a file whose name and size a stream's file may have; other files are no
  // matter of it. Nothing of the file is read for it.
  void add_file(FileEntry&& file, const ExtentList& captured, InlineChecks& checks);
  // Adds the check of a log, a checkpoint or a flush map, whatever its name; `listed` as of
  // InlineChecks.
  void add(EseFileKind kind, FileEntry&& file, InlineChecks& checks, bool listed);
  [[nodiscard]] std::string summary() const;  // for -v; "" if there is nothing to say

  // After the checks were finished, with the reports of the databases; once. The checks may go
  // then.
  void finish(std::span<const FileReport> databases);
  [[nodiscard]] EseSetFacts take_facts(const std::string& volume);

 private:
  std::shared_ptr<EseByteBudget> budget_ = std::make_shared<EseByteBudget>();
  // Filled by the logs' checks, which know it by its address.
  std::unique_ptr<std::list<EseLogFacts>> logs_ = std::make_unique<std::list<EseLogFacts>>();
  std::size_t logs_to_check_ = 0;
  std::vector<const EseCheckpointCheck*> checkpoints_;  // owned by the volume's InlineChecks
  std::vector<const EseFlushMapCheck*> flush_maps_;
  EseSetFacts facts_;
};

}  // namespace tintype
