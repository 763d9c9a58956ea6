// The commands that show what is in images without restoring it: serve, mount, unmount, export.
#pragma once

#include <cstdint>
#include <string>

#include "engine/image/read/image_volume.h"
#include "engine/job/export_job.h"
#include "engine/job/job_options.h"
#include "tools/cli/command_spec.h"

namespace tintype {

// What the backup could not read is an error to who reads it, unless zeros are asked for.
inline constexpr ImageVolume::Options kServedVolume{.unreadable = ImageVolume::Unreadable::error};

struct ServeCommand {
  std::string what;    // REPO::SET[/VOLUME] or an image
  std::string socket;  // "" and no host: a private one
  std::string host;
  std::uint16_t port = 0;
  ImageVolume::Options volume = kServedVolume;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const ServeCommand& command);

struct MountCommand {
  std::string what, folder;
  bool foreground = false;
  ImageVolume::Options volume = kServedVolume;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const MountCommand& command);

struct UnmountCommand {
  std::string folder;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const UnmountCommand& command);

struct ExportCommand {
  std::string what;  // REPO::SET[/VOLUME] or an image
  ExportOptions job;
  PassOptions pass;  // for raw, which is a restore
  bool yes = false;

  [[nodiscard]] CommandSpec spec(const SharedOptions& shared);
};
[[nodiscard]] ExitCode run_command(Session& session, const ExportCommand& command);

}  // namespace tintype
