// The flags and arguments of `bench`, the command with four kinds.
#pragma once

#include "tools/cli/option_table.h"

namespace tintype {

// `pass` is filled in by the common flags before the last checks are made.
[[nodiscard]] CommandSpec bench_spec(const PassOptions& pass);

}  // namespace tintype
