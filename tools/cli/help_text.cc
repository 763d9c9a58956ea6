#include "tools/cli/help_text.h"

#include <fmt/format.h>

#include "tools/cli/set_filter_flags.h"
#include "tools/text/exit_code.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

constexpr std::string_view kProgram =
    R"(tintype - copy a snapshot in one pass, and verify it on the way

Usage: tintype COMMAND [FLAGS] ARGUMENTS

A volume (best: a snapshot of one) is read once, with many reads in flight.
While a block is in the processor's cache it is hashed, the ESE database pages
in it (Exchange, Active Directory) are checked against their own checksums, and
it is compressed. What was written is read back from the medium and compared.
Only then is the backup called finished.

Commands:
)";

constexpr std::string_view kProgramEnd = R"(Examples:
  tintype init /backup/repo
  tintype backup /dev/vg0/mail-snap --to /backup/repo
  tintype versions /backup/repo
  tintype verify /backup/repo::latest
  tintype restore /backup/repo::latest --to /dev/vg0/mail-new --overwrite
  tintype check /srv/restored

As a gate: the logs may go only if the backup is good.
  tintype backup /dev/vg0/snap --to /backup/repo --full \
    --all-databases --truncate /srv/logs

)";

// What follows stands right of the commands, on a line of its own if they are too long.
constexpr std::size_t kSummaryColumn = 33, kHelpColumns = 80;

std::string overview_line(std::string_view name, std::string_view arguments,
                          std::string_view summary) {
  std::string text = fmt::format("  {} {}", name, arguments);
  if (text.size() + 2 > kSummaryColumn)
    text += "\n" + std::string(kSummaryColumn, ' ');
  else
    text.resize(kSummaryColumn, ' ');
  return text + wrapped(summary, kSummaryColumn, kHelpColumns) + "\n";
}

std::string exit_codes() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeRow& row : kExitCodes)
    text += fmt::format("  {:<4} {}\n", static_cast<int>(row.code), row.meaning);
  return text;
}

}  // namespace

std::string program_help(std::span<const CommandRow> rows) {
  std::string commands;
  for (const CommandRow& row : rows)
    commands += overview_line(row.name, row.arguments, row.summary);
  commands += overview_line("help", "COMMAND", "all about one command");
  return fmt::format("{}{}\n{}{}{}", kProgram, commands, kCommonHelp, kProgramEnd, exit_codes());
}

std::string command_help(const OptionTable::Entry& command) {
  return fmt::format("{}{}{}{}{}", command.spec.help, command.row.takes_sets ? kSetFilterHelp : "",
                     kCommonHelp, command.spec.examples, exit_codes());
}

}  // namespace tintype
