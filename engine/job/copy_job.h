// Front door: volume → file or device, straight; hashed, verified, read back.
#pragma once

#include "engine/image/chunk_bytes.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "engine/survey/database_options.h"
#include "io/result.h"

namespace tintype {

struct CopyOptions {
  std::string source;
  std::string target;       // a new file, or a block device
  bool overwrite = false;   // allow an existing file; a device always needs it
  bool in_place = false;    // write into an existing file, not aside
  bool all_blocks = false;  // else free space is zeros in the target
  bool read_back = true;
  bool allow_source_in_use = false;
  std::vector<std::string> allowed_folders;  // VolumeSpec's
  bool dry_run = false;
  Permissions permissions = Permissions::owner_only;  // of a new file
  std::uint32_t chunk_bytes = kChunkBytesDefault;
  DatabaseOptions databases;
  PassOptions pass;
};

[[nodiscard]] Result<PassOutcome> run_copy(const CopyOptions& options, JobMonitor& monitor);

}  // namespace tintype
