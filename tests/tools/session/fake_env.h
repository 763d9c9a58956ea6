// A ToolEnv whose streams, terminal, clock and environment are the test's own.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/run.h"
#include "tools/session/tool_env.h"

namespace tintype::test {

struct FakeEnv {
  std::ostringstream out, err;
  std::istringstream in;
  Signals signals;
  double clock = 0;
  unsigned columns = 80;
  std::map<std::string, std::string> variables;
  ToolEnv env{.out = out,
              .err = err,
              .in = in,
              .signals = signals,
              .columns = [this] { return columns; },
              .now = [this] { return clock; },
              .variable = [this](const std::string& name) -> std::optional<std::string> {
                const auto found = variables.find(name);
                if (found == variables.end()) return std::nullopt;
                return found->second;
              }};

  void be_terminal() {
    env.in_terminal = env.out_terminal = env.err_terminal = true;
    variables["TERM"] = "xterm";
  }
  // Runs the program with these words; out and err hold what it said this time.
  int run(const std::vector<std::string>& words) {
    out.str("");
    err.str("");
    const std::vector<std::string_view> views(words.begin(), words.end());
    return tintype::run(views, env);
  }
};

}  // namespace tintype::test
