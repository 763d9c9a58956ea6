// A command as one row: its name, its line in `tintype --help`, what is said of it to whoever runs
// it, and how it begins. The parser, the help and the program know commands by their rows alone;
// the rows stand in tools/commands/registry.cc.
//
// The row names the command's struct, which holds its options and comes with
//   CommandSpec XCommand::spec(const SharedOptions& shared);   tools/cli/options: touches no file
//   ExitCode run_command(Session& session, const XCommand&);   tools/commands/cmd_x.cc
// A row without one of the two does not compile, and fault_in() is asked by a static_assert,
// share_a_command() by a test.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "tools/cli/command_spec.h"

namespace tintype {

// A command whose options are complete.
class Command {
 public:
  virtual ~Command() = default;
  [[nodiscard]] virtual ExitCode run(Session& session) const = 0;
};

template <class Options>
class CommandOf final : public Command {
 public:
  [[nodiscard]] ExitCode run(Session& session) const override {
    return run_command(session, options);
  }
  Options options;
};

struct BegunCommand {
  std::unique_ptr<Command> command;
  CommandSpec spec;  // of that command: no longer used when the shared options are gone
};

template <class Options>
[[nodiscard]] BegunCommand begin_command(const SharedOptions& shared) {
  auto command = std::make_unique<CommandOf<Options>>();
  CommandSpec spec = command->options.spec(shared);
  return {std::move(command), std::move(spec)};
}

// begin_command<BackupCommand>. It cannot be left out of a row.
struct CommandBegin {
  using Function = BegunCommand (*)(const SharedOptions& shared);
  constexpr CommandBegin(Function begin) noexcept : function(begin) {}  // NOLINT
  BegunCommand operator()(const SharedOptions& shared) const { return function(shared); }
  Function function;
};

struct CommandRow {
  std::string_view name;                // "backup"
  std::string_view arguments, summary;  // of its line in `tintype --help`
  CommandBegin begin;
  bool takes_sets = false;  // --host, --source, --type: which of a repository's sets is meant
  // A parent process watches it and gives the prompt back when a disk hangs. Not for what serves
  // others in the background and has its own ways to end, nor for what waits for no disk.
  bool watched = true;
  // Its output is all there is of it: if that is lost (a full disk behind standard output), the
  // command has failed. (What a backup did stays done.)
  bool only_tells = false;
};

// What is wrong with the rows, "" if nothing is.
[[nodiscard]] constexpr std::string_view fault_in(std::span<const CommandRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CommandRow& row = rows[i];
    if (row.name.empty() || row.name == "help") return "a row without a name of its own";
    if (row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != std::string_view::npos ||
        row.name.front() == '-')
      return "a name that is no word";
    if (row.summary.empty()) return "a row without a summary";
    for (const CommandRow& other : rows.first(i))
      if (other.name == row.name) return "two rows of one name";
  }
  return {};
}

// Two rows begin the same command. (No question for the compiler: with a sanitizer g++ does not
// compare functions before the program runs.)
[[nodiscard]] inline bool share_a_command(std::span<const CommandRow> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const CommandRow& other : rows.first(i))
      if (other.begin.function == rows[i].begin.function) return true;
  return false;
}

}  // namespace tintype
