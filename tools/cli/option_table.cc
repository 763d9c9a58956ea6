#include "tools/cli/option_table.h"

#include <algorithm>
#include <utility>

#include "tools/cli/set_filter_flags.h"

namespace tintype {

OptionTable::OptionTable(std::span<const CommandRow> rows)
    : common_flags(tintype::common_flags(shared)) {
  for (const CommandRow& row : rows) {
    BegunCommand begun = row.begin(shared);
    if (row.takes_sets)
      for (Flag& flag : set_filter_flags(shared.common.sets))
        begun.spec.flags.push_back(std::move(flag));
    commands.push_back({row, std::move(begun.spec), std::move(begun.command)});
  }
}

OptionTable::Entry* OptionTable::find(std::string_view name) {
  const auto found =
      std::ranges::find_if(commands, [&](const Entry& entry) { return entry.row.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

}  // namespace tintype
