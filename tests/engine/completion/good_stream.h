// A stream for which every precondition of the gate holds: generations 3 to 20 on volume "logs",
// the database on "db", checkpoint at 12, the database needs 12 to 20.
#pragma once

#include <fmt/format.h>

#include <string>

#include "engine/completion/completion_gate.h"
#include "engine/completion/ese_stream.h"
#include "engine/store/folder_store.h"
#include "support/ese_log_generator.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "verify/ese/ese_text.h"

namespace tintype::test {

inline constexpr std::string_view kSignature =
    "67452301000000000000000000000000000000000000000000000000";

inline EseStreamReport good_stream(unsigned digits = 8) {
  EseStreamReport stream;
  stream.base = "E00";
  stream.volume = "logs";
  stream.log_folder = "/Logs";
  stream.log_signature = kSignature;
  stream.verdict = StreamVerdict::recoverable;
  stream.why = "1 database, logs 0xC to 0x14 present and sound";
  stream.databases.push_back({.path = "/DB1.edb",
                              .state = "Dirty Shutdown",
                              .dirty = true,
                              .sound = true,
                              .gen_min_required = 12,
                              .gen_max_required = 20,
                              .gen_max_committed = 20});
  for (std::int64_t generation = 3; generation <= 20; ++generation)
    stream.logs.push_back({.path = fmt::format("/Logs/E00{:0{}X}.log", generation, digits),
                           .generation = generation,
                           .sound = true});
  stream.gen_lowest = 3;
  stream.gen_highest = stream.gen_last_closed = 20;
  stream.last_closed_created = log_time_hex(ese_log_create_time(20));
  stream.gen_min_required = 12;
  stream.gen_max_required = stream.gen_max_committed = 20;
  stream.gen_checkpoint = 12;
  stream.current_log_missing = true;
  return stream;
}

// Image tokens can only be made by committing files: into `folder`.
inline GateInputs good_inputs(const TempDir& folder) {
  GateInputs inputs{.type = BackupType::full,
                    .whole_volumes = true,
                    .source_changed = "",
                    .volumes = {"db", "logs"},
                    .sound_databases = {"/DB1.edb", "/DB2.edb"},
                    .all_databases_known = true};
  for (const std::string& volume : inputs.volumes) {
    NewImageFile file(must(DurableFile::create(folder / (volume + ".tint"), Caching::page_cache)));
    inputs.images.push_back(must(DurableImage::commit(file, volume, ReadBack::direct)));
  }
  return inputs;
}

}  // namespace tintype::test
