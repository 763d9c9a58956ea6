// --host, --source and --type: which of a repository's sets is meant.
#pragma once

#include <string_view>
#include <vector>

#include "engine/repository/set_filter.h"
#include "tools/cli/flag.h"

namespace tintype {

[[nodiscard]] std::vector<Flag> set_filter_flags(SetFilter& filter);

// For the help of each command whose row says takes_sets.
extern const std::string_view kSetFilterHelp;

}  // namespace tintype
