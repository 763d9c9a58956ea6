// The manual as --help prints it: at most 80 columns, examples first to last, exit codes at the
// end.
#pragma once

#include <span>
#include <string>

#include "tools/cli/option_table.h"

namespace tintype {

// Of the whole program, with a line for each of its commands.
[[nodiscard]] std::string program_help(std::span<const CommandRow> rows);
[[nodiscard]] std::string command_help(const OptionTable::Entry& command);

}  // namespace tintype
