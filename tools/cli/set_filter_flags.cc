#include "tools/cli/set_filter_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/cli/option_values.h"

namespace tintype {
namespace {

constexpr std::array<std::string_view, 9> kCommands{
    "versions", "show", "verify", "restore", "extract", "truncate", "serve", "mount", "export"};

Flag text(std::string name, std::string& value) {
  return {Flag::Kind::value, std::move(name), [&value](const std::string& word) { value = word; }};
}

}  // namespace

const std::string_view kSetFilterHelp =
    R"(Which sets, where several machines or volumes share a repository:
      --host NAME        those of this machine
      --source PATH      those with this volume, by the path it was read from
      --type TYPE        full or copy
REPO::latest is the newest of them, REPO::latest/VOLUME the newest that holds
that volume. "Newest" goes by the order sets were begun in, not by clocks.

)";

bool takes_sets(std::string_view command) noexcept {
  return std::ranges::find(kCommands, command) != kCommands.end();
}

std::vector<Flag> set_filter_flags(SetFilter& filter) {
  return {text("--host", filter.host),
          text("--source", filter.source),
          {Flag::Kind::value, "--type", [&filter](const std::string& word) {
             for (const BackupType type : {BackupType::full, BackupType::copy})
               if (word == to_string(type)) {
                 filter.type = type;
                 return;
               }
             throw UsageError{fmt::format("--type: \"{}\" is not full or copy", word)};
           }}};
}

}  // namespace tintype
