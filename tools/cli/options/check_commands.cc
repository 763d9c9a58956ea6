#include "tools/cli/options/check_commands.h"

#include <utility>

namespace tintype {
namespace {

constexpr std::string_view kCheck =
    R"(tintype check - check ESE files, databases, logs and more, and SQLite databases

Usage: tintype check FILE|BASE|FOLDER... [FLAGS]

What `eseutil /k`, `/ml` and `/mk` do, in their words. Nothing is changed or
repaired. What a FILE is, is told by its content; its name is only a hint.

  ESE database           every page against its checksum and its page number,
                         both headers. Pages are counted from 1; -1 is the
                         header, 0 its shadow
  SQLite database        every page against the checksum that the extension
                         cksumvfs keeps. Most databases have none: that is
                         an error, and in a folder told by -v only
  log                    the header, and every segment or checksum record
  checkpoint, flush map  both copies; every page
  BASE                   Logs/E00: all logs of that stream in the folder Logs,
                         in order, with what links each to the one before it
  FOLDER                 every such file in it and below it, and a verdict on
                         each log stream: can its databases be recovered with
                         the logs that are here, and what to run next

Exit code 3: a file is damaged, a log is missing in a chain, or a stream cannot
be recovered. A page that one flipped bit explains is a warning, as with
eseutil. 1: a file cannot be read, is none of these, or keeps no checksums.

)";

constexpr std::string_view kCheckExamples = R"(Examples:
  tintype check DB1.edb
  tintype check /srv/logs/E00
  tintype check /srv/restored
  tintype check /srv/restored/*.edb --json -q

)";

constexpr std::string_view kInspect = R"(tintype inspect - the headers of ESE files

Usage: tintype inspect FILE... [FLAGS]

What `eseutil /mh`, `/ml` and `/mk` show, under the same names:

  database               format, page size, state, the log generations that a
                         replay needs, signatures, earlier backups
  log                    generation, times, signature, circular logging, the
                         checkpoint when it was made
  checkpoint             both copies: where recovery starts
  flush map              state, the log generation it needs, its signatures

Exit code 3: a header or a copy of it is damaged, or they differ. Whether the
rest of the file is sound is for `tintype check` to say.

)";

constexpr std::string_view kInspectExamples = R"(Examples:
  tintype inspect DB1.edb
  tintype inspect E00.chk E00.log
  tintype inspect DB1.edb --json | jq .

)";

constexpr std::size_t kFilesMax = 100'000;

}  // namespace

CommandSpec CheckCommand::spec(const SharedOptions& shared) {
  CommandSpec spec{.argument = "FILE|BASE|FOLDER",
                   .arguments_max = kFilesMax,
                   .help = kCheck,
                   .examples = kCheckExamples};
  spec.take = [this](Words words) { files = std::move(words); };
  spec.finish = [this, &shared] { pass = shared.pass; };
  return spec;
}

CommandSpec InspectCommand::spec(const SharedOptions&) {
  CommandSpec spec{.argument = "FILE",
                   .arguments_max = kFilesMax,
                   .help = kInspect,
                   .examples = kInspectExamples};
  spec.take = [this](Words words) { files = std::move(words); };
  return spec;
}

}  // namespace tintype
