#include "tools/run.h"

#include <fmt/format.h>

#include <filesystem>
#include <new>
#include <system_error>

#include "io/nbd/request_patience.h"
#include "io/process_limits.h"
#include "tools/cli/command_line.h"
#include "tools/commands/registry.h"
#include "tools/session/session.h"
#include "tools/session/supervisor.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

// Who has read enough and goes, as `head` does, is not told that output was lost.
bool lost_output(ToolEnv& env) {
  env.out.flush();
  if (env.out || (env.reader_gone && env.reader_gone())) return false;
  env.err << "tintype: cannot write to standard output\n" << std::flush;
  return true;
}

int reply(const CommandLineReply& reply, ToolEnv& env) {
  if (reply.code == ExitCode::sound) {
    env.out << reply.text;
    return static_cast<int>(lost_output(env) ? ExitCode::failed : ExitCode::sound);
  }
  env.err << "tintype: " << printable(reply.text) << '\n' << std::flush;
  if (reply.json)
    JsonEvents(env.out).write(
        "summary",
        JsonObject().add("exit_code", static_cast<int>(reply.code)).add("error", reply.text));
  return static_cast<int>(reply.code);
}

std::string out_of_memory_hint() {
  const std::string limit = limit_hint(static_cast<int>(std::errc::not_enough_memory));
  return fmt::format("{}{}fewer --tasks and a smaller --iodepth need less", limit,
                     limit.empty() ? "" : "; ");
}

// A full disk behind standard output must not pass for success where the output is all there is.
// (What a backup or a restore did stays done: its code stands.)
ExitCode after_output(ExitCode code, bool only_tells, ToolEnv& env) {
  if (!lost_output(env)) return code;
  return only_tells && code == ExitCode::sound ? ExitCode::failed : code;
}

}  // namespace

int run(std::span<const std::string_view> arguments, ToolEnv& env) {
  const auto line = parse_command_line(command_rows(), arguments, env.variable);
  if (!line) return reply(line.error(), env);
  const CommandRow& row = *line->row;
  // Both processes: people look at the one whose number they know.
  const auto lowered = line->common.priority && env.lower_priority
                           ? env.lower_priority(*line->common.priority)
                           : Result<void>();
  set_request_patience(line->common.io_timeout);
  // Before there is anything that two processes would have.
  if (env.supervise && row.watched)
    if (const auto code =
            env.supervise({std::string(row.name), line->common.json,
                           std::chrono::duration<double>(line->common.io_timeout).count()},
                          env))
      return *code;
  Session session(env, line->common, row.name);
  if (!lowered) session.warn(lowered.error().line());
  try {
    const ExitCode code = line->command->run(session);
    return static_cast<int>(after_output(code, row.only_tells, env));
  } catch (const std::bad_alloc&) {
    return static_cast<int>(
        session.fail(ExitCode::failed, {std::make_error_code(std::errc::not_enough_memory),
                                        "out of memory", out_of_memory_hint()}));
  } catch (const std::filesystem::filesystem_error& error) {
    return static_cast<int>(session.fail(ExitCode::failed, {error.code(), error.what(), ""}));
  } catch (const std::system_error& error) {
    return static_cast<int>(session.fail(ExitCode::failed, thread_error(error)));
  } catch (const std::exception& error) {
    return static_cast<int>(
        session.fail(ExitCode::failed, {{}, fmt::format("internal error: {}", error.what()), ""}));
  }
}

}  // namespace tintype
