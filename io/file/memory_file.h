// Bytes as a file that is in memory only: for what the data path should read like any other file,
// and no file system has.
#pragma once

#include <cstddef>
#include <span>

#include "io/file/file.h"

namespace tintype {

// It is gone with the last File of it. Its path tells nothing.
[[nodiscard]] Result<File> memory_file(std::span<const std::byte> bytes);

}  // namespace tintype
