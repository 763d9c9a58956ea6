// Which commands and flags there are for one command line, and what each does to the options. Knows
// nothing of how the words were split: command_line.cc feeds it from the command line and from the
// environment.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tools/cli/command_row.h"
#include "tools/cli/common_options.h"

namespace tintype {

// The flags write into it.
struct OptionTable {
  explicit OptionTable(std::span<const CommandRow> rows);
  OptionTable(const OptionTable&) = delete;
  OptionTable& operator=(const OptionTable&) = delete;

  struct Entry {
    const CommandRow& row;
    CommandSpec spec;  // with the flags of which sets are meant, where the row has them
    std::unique_ptr<Command> command;
  };
  [[nodiscard]] Entry* find(std::string_view name);

  SharedOptions shared;
  std::vector<Flag> common_flags;
  std::vector<Entry> commands;  // in the order of the rows
};

}  // namespace tintype
