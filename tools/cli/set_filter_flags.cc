#include "tools/cli/set_filter_flags.h"

#include <fmt/format.h>

#include "tools/cli/option_values.h"

namespace tintype {

const std::string_view kSetFilterHelp =
    R"(Which sets, where several machines or volumes share a repository:
      --host NAME        those of this machine
      --source PATH      those with this volume, by the path it was read from
      --type TYPE        full or copy
REPO::latest is the newest of them, REPO::latest/VOLUME the newest that holds
that volume. "Newest" goes by the order sets were begun in, not by clocks.

)";

std::vector<Flag> set_filter_flags(SetFilter& filter) {
  return {text_flag("--host", filter.host),
          text_flag("--source", filter.source),
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
