// --host, --source and --type: which of a repository's sets is meant.
#pragma once

#include <string_view>

#include "tools/cli/option_table.h"

namespace tintype {

// Whether the command takes sets of a repository.
[[nodiscard]] bool takes_sets(std::string_view command) noexcept;
[[nodiscard]] std::vector<Flag> set_filter_flags(SetFilter& filter);

// For the help of each of these commands.
extern const std::string_view kSetFilterHelp;

}  // namespace tintype
