// A disk with partitions as one map: the maps of its partitions put side by side. Their files have
// paths like "#2:/Mailbox/DB1.edb".
//
// Allocated is what the maps say, everything of a partition without a map, and everything outside
// of partitions: tables, boot loaders, and what a table that lies may hide. A partition table
// inside a partition is not followed.
#pragma once

#include "io/filesystem/filesystem_map.h"

namespace tintype {
[[nodiscard]] bool is_partition_scheme(std::string_view probed_type) noexcept;
[[nodiscard]] Result<std::unique_ptr<FilesystemMap>> open_disk_map(const Volume& disk);
}  // namespace tintype
