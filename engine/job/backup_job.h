// Front door: volumes and folders → one backup set in a repository.
#pragma once

#include <optional>

#include "engine/completion/truncation_forecast.h"
#include "engine/image/chunk_bytes.h"
#include "engine/image/compression.h"
#include "engine/job/confirm_job.h"
#include "engine/job/job_options.h"
#include "engine/job/pass_outcome.h"
#include "engine/manifest/manifest.h"
#include "engine/survey/database_options.h"
#include "io/permissions.h"
#include "io/result.h"

namespace tintype {

struct BackupOptions {
  struct Source {
    std::string path;
    std::string name;  // of the image in the set; "" = made from the path
  };
  std::vector<Source> volumes;
  std::string repository;  // is there: Repository::create makes one
  BackupType type = BackupType::copy;
  Compression compression = Compression::automatic;
  std::uint32_t chunk_bytes = kChunkBytesDefault;
  bool all_blocks = false;
  bool stock = false;
  bool read_back = true;
  bool all_databases = false;  // the caller asserts: no database of a stream is left out
  bool allow_source_in_use =
      false;  // mounted or open for writing: no snapshot, copied all the same
  std::vector<std::string> allowed_folders;  // VolumeSpec's
  bool dry_run = false;                      // plan only: sizes, databases found; writes nothing
  Permissions permissions = Permissions::owner_only;  // of all that is written
  DatabaseOptions databases;
  ConfirmOptions confirm;  // only of a full backup; after the commit
  PassOptions pass;
};

struct BackupOutcome {
  SetManifest manifest;  // as written
  std::string set_path;  // "" for a dry run
  std::vector<PassOutcome> volumes;
  std::optional<ConfirmOutcome> confirmation;  // if it was asked for
  struct Forecast {
    std::string directory;
    std::vector<TruncationForecast> streams;
  };
  std::vector<Forecast> forecasts;  // of a dry run, one a directory to be truncated
};

// An error means: no usable backup. An unfinished set may remain as `….partial`.
// A stop request ends in an error with code std::errc::operation_canceled.
[[nodiscard]] Result<BackupOutcome> run_backup(const BackupOptions& options, JobMonitor& monitor);

}  // namespace tintype
