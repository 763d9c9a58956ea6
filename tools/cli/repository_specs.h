// The flags and arguments of the commands about a repository as a whole: init, versions, remove.
#pragma once

#include "tools/cli/option_table.h"

namespace tintype {

[[nodiscard]] CommandSpec init_spec();
[[nodiscard]] CommandSpec versions_spec(const CommonOptions& common);
[[nodiscard]] CommandSpec remove_spec();

}  // namespace tintype
