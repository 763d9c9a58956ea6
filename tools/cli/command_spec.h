// What a command takes, said by its options' struct: XCommand::spec(), beside its help in
// tools/cli/options.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/common_options.h"
#include "tools/cli/flag.h"
#include "tools/text/exit_code.h"

namespace tintype {

class Session;  // what a command runs in (tools/session); here it is only handed on

using Words = std::vector<std::string>;

// Its functions write into the struct that it is of and read the shared options; they throw
// UsageError (option_values.h).
struct CommandSpec {
  std::string_view argument;  // "VOLUME"
  std::size_t arguments_min = 1, arguments_max = 1;
  std::string_view help;                                  // what comes before the common flags
  std::string_view examples;                              // behind them, and before the exit codes
  std::vector<Flag> flags;                                // besides the common ones
  std::function<void(Words)> take = [](const Words&) {};  // the arguments
  std::function<void()> finish = [] {};                   // the last checks, the shared options
};

// CommandSpec::take of a command with one argument.
[[nodiscard]] inline std::function<void(Words)> one_word(std::string& value) {
  return [&value](const Words& words) { value = words[0]; };
}

}  // namespace tintype
