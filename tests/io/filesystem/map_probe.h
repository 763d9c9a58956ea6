// What holds for every file-system map, however damaged the volume is.
#pragma once

#include <cstdint>
#include <string>

#include "io/filesystem/filesystem_map.h"

namespace tintype::test {

// Asks the map everything it can be asked. "" if the answers make sense, else what does not.
[[nodiscard]] std::string probe_map(const Volume& volume, const FilesystemMap& map,
                                    std::uint64_t seed);

}  // namespace tintype::test
