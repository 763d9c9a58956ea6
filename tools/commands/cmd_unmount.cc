#include "engine/serve/fuse_mount.h"
#include "tools/cli/options/served_commands.h"
#include "tools/session/session.h"

namespace tintype {

ExitCode run_command(Session& session, const UnmountCommand& command) {
  session.start(JsonObject().add("folder", command.folder));
  if (const auto done = unmount(command.folder); !done)
    return session.fail(ExitCode::failed, done.error());
  return session.finish(ExitCode::sound);
}

}  // namespace tintype
