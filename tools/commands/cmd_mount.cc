#include <fmt/format.h>

#include "engine/serve/fuse_mount.h"
#include "tools/cli/options/served_commands.h"
#include "tools/commands/shared/served.h"
#include "tools/session/session.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

void tell(Session& session, const MountCommand& command, const ServedImages& images) {
  std::vector<JsonObject> files;
  std::string text;
  for (const auto& image : images) {
    const std::string path = fmt::format("{}/{}.img", command.folder, image->name().name);
    files.push_back(JsonObject().add("path", path).add("volume_bytes", image->size_bytes()));
    text += fmt::format("{}  {}, read-only\n", printable(path), bytes_text(image->size_bytes()));
  }
  session.print(text);
  session.event("mounted", JsonObject().add("folder", command.folder).add("files", files));
}

}  // namespace

ExitCode run_command(Session& session, const MountCommand& command) {
  session.start(JsonObject().add("what", command.what).add("folder", command.folder));
  const auto images = open_served(session, command.what);
  if (!images) return images.error();
  FuseMountOptions options{.folder = command.folder, .volume = command.volume};
  if (!command.foreground) {
    session.env().out.flush();  // or the background process would have it to flush, too
    if (const auto mounted = mount_in_background(*images, options); !mounted)
      return session.fail(ExitCode::failed, mounted.error());
    tell(session, command, *images);
    return session.finish(ExitCode::sound);
  }
  options.on_up = [&] { tell(session, command, *images); };
  options.on_trouble = [&](std::string_view line) { session.warn(line); };
  if (const auto served = serve_mount(*images, options); !served)
    return session.fail(ExitCode::failed, served.error());
  return session.finish(ExitCode::sound);
}

}  // namespace tintype
