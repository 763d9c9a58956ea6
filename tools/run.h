// The program as a function: arguments without the program's name in, exit code out.
#pragma once

#include <span>
#include <string_view>

#include "tools/session/tool_env.h"

namespace tintype {
[[nodiscard]] int run(std::span<const std::string_view> arguments, ToolEnv& env);
}  // namespace tintype
