// What a differencing VHDX says of the disk that it is based on.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "io/disk_image/vhd/vhdx_format.h"
#include "io/result.h"

namespace tintype {

struct VhdxParent {
  std::vector<VhdxGuid> ids;       // at least one
  std::vector<std::string> paths;  // the likeliest first, with "/"; at least one
};

// `item`: the metadata item, any bytes. The error says what is wrong with it.
[[nodiscard]] Result<VhdxParent> parse_vhdx_locator(std::span<const std::byte> item);

}  // namespace tintype
