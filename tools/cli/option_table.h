// Which commands and flags there are, and what each does to the options. Knows nothing of how the
// words were split: command_line.cc feeds it from the command line and from the environment.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/command_line.h"

namespace tintype {

struct Flag {
  enum class Kind : std::uint8_t { on_off, value, list };
  Kind kind;
  std::string names;                                  // "-v,--verbose"
  std::function<void(const std::string& word)> take;  // throws UsageError
  std::string rival = "";  // a flag that, when typed, silences this one's variable

  [[nodiscard]] std::string name() const;      // "--verbose"
  [[nodiscard]] std::string variable() const;  // "TINTYPE_VERBOSE"; "" if it has none
};

struct CommandSpec {
  std::string_view name;
  std::vector<Flag> flags;    // besides the common ones
  std::string_view argument;  // "VOLUME"
  std::size_t arguments_min = 1, arguments_max = 1;
  std::function<void(std::vector<std::string>)> take;      // the arguments; throws UsageError
  std::function<decltype(CommandLine::command)()> finish;  // the last checks; throws UsageError
};

// One for each command line: the flags write into it.
struct OptionTable {
  OptionTable();
  OptionTable(const OptionTable&) = delete;
  OptionTable& operator=(const OptionTable&) = delete;

  CommonOptions common;
  PassOptions pass;
  bool help = false, version = false;
  std::vector<Flag> common_flags;
  std::vector<CommandSpec> commands;  // in the order of kCommandNames
};

}  // namespace tintype
