// Runs the check of an ESE database over a file in memory.
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "tests/verify/stream_runner.h"
#include "verify/ese/page/ese_database_check.h"

namespace tintype::test {

inline std::unique_ptr<StreamCheck> open_check(std::span<const std::byte> file,
                                               EseCheckLimits limits = {}) {
  return open_ese_database_check("test.edb", file.size(),
                                 file.first(std::min<std::size_t>(file.size(), 65536)), limits);
}

inline FileReport check_whole(std::span<const std::byte> file) {
  return check_in_order(*open_check(file), file);
}

}  // namespace tintype::test
