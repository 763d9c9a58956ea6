// The one table of exit codes. They make the program a gate: `exec` in a DiskShadow script, `&&` in
// a shell, OnFailure= of a unit. An unknown code is to be read as failure.
#pragma once

#include <array>
#include <string_view>

namespace tintype {

enum class ExitCode : int {
  sound = 0,
  failed = 1,
  usage = 2,
  findings = 3,
  damaged = 4,
  unconfirmed = 5,
  hung_up = 129,
  interrupted = 130,
  terminated = 143,
};

struct ExitCodeRow {
  ExitCode code;
  std::string_view meaning;  // at most 72 columns, as --help prints it behind the number
};
inline constexpr std::array kExitCodes{
    ExitCodeRow{ExitCode::sound, "done, and all that was checked is sound"},
    ExitCodeRow{ExitCode::failed,
                "the environment failed: there is no usable backup, copy or restore"},
    ExitCodeRow{ExitCode::usage, "wrong usage, or not confirmed"},
    ExitCodeRow{ExitCode::findings,
                "kept, but with findings: bad pages, unreadable sectors. Logs stay"},
    ExitCodeRow{ExitCode::damaged, "an image or a repository failed verification"},
    ExitCodeRow{ExitCode::unconfirmed,
                "the backup is good, but confirming it or truncating logs failed"},
    ExitCodeRow{ExitCode::hung_up, "ended by SIGHUP: the terminal or session went"},
    ExitCodeRow{ExitCode::interrupted, "interrupted by SIGINT (Ctrl-C)"},
    ExitCodeRow{ExitCode::terminated, "ended by SIGTERM"},
};

// Of several results of one run the worst counts: an interruption, then damage, then findings
// (facts about data beat "could not look"), then failures.
[[nodiscard]] constexpr ExitCode worse_of(ExitCode a, ExitCode b) noexcept {
  constexpr std::array kWorstFirst{ExitCode::terminated, ExitCode::interrupted, ExitCode::hung_up,
                                   ExitCode::damaged,    ExitCode::findings,    ExitCode::failed,
                                   ExitCode::usage,      ExitCode::unconfirmed};
  for (const ExitCode code : kWorstFirst)
    if (a == code || b == code) return code;
  return ExitCode::sound;
}

}  // namespace tintype
