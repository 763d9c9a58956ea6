// The commands, one file each: options in, exit code out, everything said through the session.
#pragma once

#include "tools/cli/command_line.h"
#include "tools/session/session.h"
#include "tools/text/exit_code.h"

namespace tintype {

[[nodiscard]] ExitCode run_command(Session& session, const InitCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const BackupCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const VersionsCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const ShowCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const RemoveCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const VerifyCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const RestoreCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const ExtractCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const CopyCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const CheckCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const InspectCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const TruncateCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const ServeCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const MountCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const UnmountCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const ExportCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const LimitCommand& command);
[[nodiscard]] ExitCode run_command(Session& session, const BenchCommand& command);

}  // namespace tintype
