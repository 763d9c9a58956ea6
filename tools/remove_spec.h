// The flags and arguments of `remove`.
#pragma once

#include "tools/option_table.h"

namespace tintype {

[[nodiscard]] CommandSpec remove_spec();

}  // namespace tintype
