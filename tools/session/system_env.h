// The real world: standard streams, terminal, clock, environment, signals.
#pragma once

#include <string_view>
#include <vector>

#include "tools/session/tool_env.h"

namespace tintype {

class SystemEnv {
 public:
  SystemEnv(int argc, char** argv);
  [[nodiscard]] const std::vector<std::string_view>& arguments() const noexcept {
    return arguments_;
  }
  [[nodiscard]] ToolEnv& env() noexcept { return env_; }

 private:
  std::vector<std::string_view> arguments_;
  ToolEnv env_;
};

}  // namespace tintype
