// What a text of the repository must be before a word in it is believed: of a format this program
// knows, and with the checksum that formats from 2 on demand.
#pragma once

#include <string_view>

#include "io/result.h"

namespace tintype {

// The text's format. One that has a checksum is of format 2 or later, one that has none is of
// format 1 and has no member that came later: so neither a flip in the checksum's name nor a lost
// tail makes a new text an old one. Below `format_min` is refused.
[[nodiscard]] Result<int> checked_format(std::string_view text, std::string_view path,
                                         int format_min, int format_max);

}  // namespace tintype
