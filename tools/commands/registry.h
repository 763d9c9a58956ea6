// The commands of the program: their rows, in the order `tintype --help` lists them in.
#pragma once

#include <span>

#include "tools/cli/command_row.h"

namespace tintype {
[[nodiscard]] std::span<const CommandRow> command_rows() noexcept;
}  // namespace tintype
