// Refuses sources that would give a useless copy, and targets that would destroy the source.
#pragma once

#include "io/result.h"

namespace tintype {

// A block device mounted for writing, or an image file that some program has open for writing,
// changes while it is read: what was read is no snapshot. `allow` accepts that.
[[nodiscard]] Result<void> check_source_unused(const std::string& source, bool allow);
// A target inside the source (a file on the file system of the source device or image), or the
// source itself.
[[nodiscard]] Result<void> check_target_apart(const std::string& source, const std::string& target);

}  // namespace tintype
