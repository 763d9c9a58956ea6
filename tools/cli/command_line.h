// The command line, parsed and validated: arguments and environment in, one command's options or a
// reply out. Pure: touches no file, no stream, no real environment.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "engine/bench/copy_bench.h"
#include "engine/bench/device_bench.h"
#include "engine/bench/kernel_bench.h"
#include "engine/extract/extract_job.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/job/export_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/set_filter.h"
#include "engine/restore/restore_job.h"
#include "io/permissions.h"
#include "io/process/process_priority.h"
#include "tools/cli/progress_mode.h"
#include "tools/text/exit_code.h"

namespace tintype {

struct CommonOptions {
  unsigned verbosity = 0;  // -v, -vv
  bool quiet = false;
  bool json = false;
  ProgressMode progress = ProgressMode::automatic;
  // Of the job this runs, until somebody changes them; bytes per second, 0: none.
  std::uint64_t read_limit = 0, write_limit = 0;
  std::optional<ProcessPriority> priority;
  Permissions permissions = Permissions::owner_only;  // of the files and folders it makes
  std::chrono::seconds io_timeout{60};  // a request longer in flight is called lost; 0: never
  SetFilter sets;                       // of the commands that take some
};

struct InitCommand {
  std::string repository;
  bool adopt = false;  // a new tintype.json for sets that are there
};
struct BackupCommand {
  BackupOptions job;
  std::string report;  // a file for a page about the run; "": none. The same below
};
struct VersionsCommand {
  std::string repository;
  bool remove_unfinished = false, yes = false;
};
struct RemoveCommand {
  std::string what;  // REPO::SET
  bool even_the_last = false, yes = false, dry_run = false;
};
struct ShowCommand {
  std::string what;                          // REPO[::SET], an image or a volume
  std::vector<std::string> allowed_folders;  // VolumeSpec's
};
struct VerifyCommand {
  std::string what;   // REPO[::SET[/VOLUME]] or an image
  VerifyOptions job;  // `image` is filled in for each
  std::string report;
};
struct RestoreCommand {
  std::string what;       // REPO::SET[/VOLUME] or an image; "#2" behind it: that partition
  RestoreOptions job;     // `target` is "" with `original`
  bool original = false;  // back to where each volume came from
  bool yes = false;
};
struct ExtractCommand {
  std::string what;    // REPO::SET[/VOLUME] or an image
  ExtractOptions job;  // `sources` are filled in
  bool yes = false;
};
struct CopyCommand {
  CopyOptions job;
  std::string report;
  bool yes = false;
};
struct CheckCommand {
  std::vector<std::string> files;
  PassOptions pass;
};
struct InspectCommand {
  std::vector<std::string> files;
};
struct TruncateCommand {
  std::string what;  // REPO::SET
  ConfirmOptions job;
  bool yes = false;
};

// What the backup could not read is an error to who reads it, unless zeros are asked for.
inline constexpr ImageVolume::Options kServedVolume{.unreadable = ImageVolume::Unreadable::error};
struct ServeCommand {
  std::string what;    // REPO::SET[/VOLUME] or an image
  std::string socket;  // "" and no host: a private one
  std::string host;
  std::uint16_t port = 0;
  ImageVolume::Options volume = kServedVolume;
};
struct MountCommand {
  std::string what, folder;
  bool foreground = false;
  ImageVolume::Options volume = kServedVolume;
};
struct UnmountCommand {
  std::string folder;
};
struct ExportCommand {
  std::string what;  // REPO::SET[/VOLUME] or an image
  ExportOptions job;
  PassOptions pass;  // for raw, which is a restore
  bool yes = false;
};

struct LimitCommand {
  std::string job;  // "" = all jobs, which are only shown
  std::optional<std::uint64_t> read_limit, write_limit;
};

struct BenchCommand {
  enum class Kind : std::uint8_t { kernels, device, copy, compare } kind{};
  KernelBenchOptions kernels;
  DeviceBenchOptions device;
  CopyBenchOptions copy;
  std::string results_a, results_b;  // to compare
  std::string output;                // a file for the results; "": none
  std::string report;
  bool yes = false;
};

struct CommandLine {
  CommonOptions common;
  std::variant<InitCommand, BackupCommand, VersionsCommand, ShowCommand, VerifyCommand,
               RestoreCommand, ExtractCommand, CopyCommand, CheckCommand, InspectCommand,
               TruncateCommand, ServeCommand, MountCommand, UnmountCommand, ExportCommand,
               LimitCommand, BenchCommand, RemoveCommand>
      command;
};
// In the order of the variant.
inline constexpr std::string_view kCommandNames[] = {
    "init",    "backup",   "versions", "show",  "verify",  "restore", "extract", "copy",  "check",
    "inspect", "truncate", "serve",    "mount", "unmount", "export",  "limit",   "bench", "remove"};

// Not a command to run: help or the version (sound), or what is wrong (usage).
struct CommandLineReply {
  ExitCode code = ExitCode::sound;
  std::string text;   // help for standard output, or one line of error
  bool json = false;  // the caller wants the error as an event
};

using Variables = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] tl::expected<CommandLine, CommandLineReply> parse_command_line(
    std::span<const std::string_view> arguments, const Variables& variables);

// Every flag of a command, the common ones too, with its variable: "--to", "TINTYPE_TO". For tests
// and documentation.
struct FlagName {
  std::string flag, variable;
};
[[nodiscard]] std::vector<FlagName> flags_of(std::string_view command);

}  // namespace tintype
