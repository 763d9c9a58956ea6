// Before a volume is read: which file system it holds, what of it is allocated, which databases
// lie on it, and the checks that their bytes will be handed to. A disk with partitions is a volume
// like any other: its map (io/source/disk_map.h) is put together from those of the partitions.
#pragma once

#include <memory>

#include "engine/flow/inline_checks.h"
#include "engine/monitor/job_monitor.h"
#include "engine/monitor/volume_map.h"
#include "engine/survey/database_options.h"
#include "engine/survey/database_survey.h"
#include "engine/survey/stream_survey.h"
#include "engine/unreadable_range.h"
#include "io/filesystem/filesystem_map.h"
#include "io/source/open_filesystem.h"

namespace tintype {

struct VolumeSurvey {
  FilesystemProbe probe;
  std::unique_ptr<FilesystemMap> map;  // null if the file system cannot be mapped
  ExtentList captured;                 // what to keep: allocated ranges, or the whole volume
  bool all_blocks = false;             // captured is the whole volume
  InlineChecks checks;
  std::vector<FileReport> planned;    // databases to be checked: path and format only
  std::vector<FileReport> unchecked;  // databases that were found but cannot be checked in-line
  std::string not_checked;            // why, or in which partitions, none could be looked for
  DatabaseSurvey databases;           // by their formats
  StreamSurvey streams;               // ESE databases and the files of their log streams
};

// Never fails for what the volume holds: what cannot be mapped is copied whole and said. If the
// machine itself denies what is needed to look, nothing is known, and that is an error.
// `volume_map` is told where databases and the files of log streams lie, if it is not null.
[[nodiscard]] Result<VolumeSurvey> survey_volume(const Volume& volume, bool all_blocks,
                                                 const DatabaseOptions& databases,
                                                 JobMonitor& monitor,
                                                 VolumeMap* volume_map = nullptr);

// Its second half, of a map that is open: `survey` has the map and what is captured.
[[nodiscard]] Result<void> survey_files(const Volume& volume, const DatabaseOptions& databases,
                                        VolumeSurvey& survey, JobMonitor& monitor,
                                        VolumeMap* volume_map = nullptr);

// Ends the survey's checks: the databases' reports, sorted by path. What the judge of log streams
// asks for is in `streams` after it.
[[nodiscard]] std::vector<FileReport> finish_checks(VolumeSurvey& survey);

// The files that unreadable ranges of the volume lie in.
[[nodiscard]] std::vector<UnreadableRange> name_unreadable(const VolumeSurvey& survey,
                                                           const ExtentList& ranges);

}  // namespace tintype
