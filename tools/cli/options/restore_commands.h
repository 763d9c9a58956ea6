// Help of the commands that get data back: restore, extract. Each has a text, and examples that
// stand at its end.
#pragma once

#include <string_view>

namespace tintype {

extern const std::string_view kRestore, kRestoreEnd;
extern const std::string_view kExtract, kExtractEnd;

}  // namespace tintype
