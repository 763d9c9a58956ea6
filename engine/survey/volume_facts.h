// What lies on a volume, looked at without reading it: the file system's metadata, the lists of its
// shadow copies, and the first bytes of databases and logs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"
#include "io/shadow/shadow_copies.h"
#include "verify/ese/ese_header.h"

namespace tintype {

struct VolumeFacts {
  struct Shadow {
    ShadowCopy copy;
    ShadowChanges changes;  // zeros if it has a problem
    std::string problem;    // why it cannot be opened; "" if it can
  };
  struct Database {
    std::string path;
    std::uint64_t file_bytes = 0;
    std::string
        format;  // "SQLite database, 4 KiB pages"; of ESE's, which is told by its header, ""
    EseHeaderReading header;
    // The log stream it is attached to, by the signature in their headers: "/Logs/E00". "" if the
    // volume has no such log.
    std::string stream;
    std::string problem;  // why its header cannot be read; "" if it was
  };

  std::string name;
  std::uint64_t volume_bytes = 0;
  std::uint32_t sector_bytes = 0;
  std::string filesystem;  // libblkid's name; "" if unknown
  std::string label;
  std::string unmapped;  // why the three below are unknown, and the databases; "" if they are not
  std::uint32_t cluster_bytes = 0;
  std::uint64_t allocated_bytes = 0;
  std::string unreliable;  // why they may lag behind the truth; "" if they do not
  std::vector<Shadow> shadows;
  std::string shadows_problem;      // why they cannot be listed; "" if they were
  std::vector<Database> databases;  // sorted by path

  // Nothing that was looked for could not be read.
  [[nodiscard]] bool complete() const noexcept;
};

// What is wrong with the volume's content is in the facts; what cannot be opened is an error.
// `allowed_folders`: VolumeSpec's.
[[nodiscard]] Result<VolumeFacts> probe_volume(const std::string& source, JobMonitor& monitor,
                                               std::vector<std::string> allowed_folders = {});

}  // namespace tintype
