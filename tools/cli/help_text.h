// The manual as --help prints it: at most 80 columns, examples first to last, exit codes at the
// end.
#pragma once

#include <string>
#include <string_view>

namespace tintype {
// Of a command, or of the whole program ("").
[[nodiscard]] std::string help_text(std::string_view command);
}  // namespace tintype
