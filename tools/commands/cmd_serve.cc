#include <fmt/format.h>

#include <chrono>

#include "engine/serve/nbd_server.h"
#include "tools/cli/options/served_commands.h"
#include "tools/commands/shared/plugin_path.h"
#include "tools/commands/shared/select_image.h"
#include "tools/commands/shared/served.h"
#include "tools/session/session.h"
#include "tools/text/report_text.h"
#include "tools/text/text.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;

void tell(Session& session, const NbdServer& server, const ServedImages& images) {
  const bool single = images.size() == 1;
  std::vector<JsonObject> exports;
  std::string text;
  for (const auto& image : images) {
    const std::string uri = server.uri(single ? "" : image->name().name);
    exports.push_back(JsonObject()
                          .add("name", image->name().name)
                          .add("uri", uri)
                          .add("volume_bytes", image->size_bytes()));
    text += fmt::format("{}\n  {}, {}, read-only\n", uri, printable(image->name().name),
                        bytes_text(image->size_bytes()));
  }
  session.print(text);
  session.event("serving", JsonObject().add("exports", exports));
}

}  // namespace

ExitCode run_command(Session& session, const ServeCommand& command) {
  session.start(JsonObject().add("what", command.what));
  auto opened = open_served(session, command.what);
  if (!opened) return opened.error();
  const auto plugin = plugin_path();
  if (!plugin) return session.fail(ExitCode::failed, plugin.error());

  std::atomic<bool> stop{false};
  const StopFlag flag(session.env().signals, stop);
  NbdServerOptions options{.plugin = *plugin,
                           .socket = command.socket,
                           .host = command.host,
                           .port = command.port,
                           .volume = command.volume};
  for (const auto& image : *opened) options.images.push_back(image->name());
  auto server = NbdServer::start(options);
  if (stop.load()) return session.finish(ExitCode::sound);
  if (!server) return session.fail(ExitCode::failed, server.error());
  tell(session, *server, *opened);
  while (!server->has_ended(200ms))
    if (stop.load()) return session.finish(ExitCode::sound);
  // Ctrl-C reaches nbdkit as well, and that may be the quicker of us.
  if (stop.load()) return session.finish(ExitCode::sound);
  return session.fail(ExitCode::failed, {{}, "nbdkit has ended by itself", "start it again"});
}

}  // namespace tintype
