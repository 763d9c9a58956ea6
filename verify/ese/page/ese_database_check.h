// In-line check of one ESE database: every page, in whatever order the volume gives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "verify/stream_check.h"

namespace tintype {

struct EseDatabaseGeometry {
  std::uint64_t file_bytes = 0;
  std::uint32_t page_bytes = 0;
  // As found when the database was opened; the streamed header pages are judged again.
  std::string state;
};

struct EseCheckLimits {
  // Pages of which only a part was seen; about 200 bytes each. Beyond it pages are not checked,
  // and that is a finding.
  std::uint64_t pages_held_max = 256 * 1024;
};

// `path` is for the report.
[[nodiscard]] std::unique_ptr<StreamCheck> make_ese_database_check(std::string path,
                                                                   EseDatabaseGeometry geometry,
                                                                   EseCheckLimits limits = {});

// The same, with the geometry taken from the first 64 KiB of the file (or all of it, if it is
// shorter), and with what the headers say (damage, a state that replay cannot restore, a file that
// cannot be checked) among the findings. Never null. A temporary database has no checksums to
// check: ask read_ese_header() first whether it is one.
[[nodiscard]] std::unique_ptr<StreamCheck> open_ese_database_check(
    std::string path, std::uint64_t file_bytes, std::span<const std::byte> first_bytes,
    EseCheckLimits limits = {});

}  // namespace tintype
