// The device that the system has for a partition of a disk: /dev/sda2 for partition 2 of /dev/sda.
#pragma once

#include <cstdint>
#include <string>

#include "io/result.h"

namespace tintype {

[[nodiscard]] Result<std::string> partition_device(const std::string& disk, unsigned number);
// Its number (st_rdev), which it has even if nobody made a name for it.
[[nodiscard]] Result<std::uint64_t> partition_device_number(const std::string& disk,
                                                            unsigned number);

}  // namespace tintype
