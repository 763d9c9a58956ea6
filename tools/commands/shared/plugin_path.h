// Where nbdkit-tintype-plugin.so is: beside this program in a build, in its libraries' place when
// it is installed.
#pragma once

#include <string>

#include "io/result.h"

namespace tintype {
[[nodiscard]] Result<std::string> plugin_path();
}  // namespace tintype
