// The command line, parsed and validated: arguments and environment in, one command with complete
// options or a reply out. Pure: touches no file, no stream, no real environment. Knows the commands
// by the rows it is given.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "tools/cli/command_row.h"
#include "tools/cli/common_options.h"
#include "tools/text/exit_code.h"

namespace tintype {

struct CommandLine {
  CommonOptions common;
  const CommandRow* row = nullptr;  // the command's
  std::unique_ptr<const Command> command;
};

// Not a command to run: help or the version (sound), or what is wrong (usage).
struct CommandLineReply {
  ExitCode code = ExitCode::sound;
  std::string text;   // help for standard output, or one line of error
  bool json = false;  // the caller wants the error as an event
};

using Variables = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] tl::expected<CommandLine, CommandLineReply> parse_command_line(
    std::span<const CommandRow> rows, std::span<const std::string_view> arguments,
    const Variables& variables);

// Every flag of a command, the common ones too, with its variable: "--to", "TINTYPE_TO". For tests
// and documentation.
struct FlagName {
  std::string flag, variable;
};
[[nodiscard]] std::vector<FlagName> flags_of(const CommandRow& row);

}  // namespace tintype
