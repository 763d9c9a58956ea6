#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "engine/guard/target_guard.h"
#include "io/file/file.h"
#include "tools/cli/options/bench_command.h"
#include "tools/report/bench_report.h"
#include "tools/report/pass_report.h"
#include "tools/session/session.h"
#include "tools/text/bench_text.h"
#include "tools/text/target_text.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

using Kind = BenchCommand::Kind;

std::string_view word(Kind kind) {
  constexpr std::string_view kWords[] = {"kernels", "device", "copy", "compare"};
  return kWords[static_cast<std::size_t>(kind)];
}

ExitCode compare_results(Session& session, const BenchCommand& command) {
  session.start(JsonObject().add("a", command.results_a).add("b", command.results_b));
  const auto a = read_bench_results(command.results_a);
  if (!a) return session.fail(ExitCode::failed, a.error());
  const auto b = read_bench_results(command.results_b);
  if (!b) return session.fail(ExitCode::failed, b.error());
  const auto comparisons = compare(*a, *b);
  if (comparisons.empty())
    return session.fail(ExitCode::failed,
                        plain_error("the two results have no method in common").value());
  if (a->kind != b->kind || a->subject != b->subject)
    session.warn(fmt::format("A is of {}, B of {}: only what is the same can be compared",
                             a->subject.empty() ? "something else" : a->subject,
                             b->subject.empty() ? "something else" : b->subject));
  std::vector<JsonObject> all;
  for (const BenchComparison& row : comparisons)
    all.push_back(JsonObject()
                      .add("method", row.name)
                      .add("unit", row.per_gib ? "s/GiB" : "s")
                      .add("median_a", row.median_a)
                      .add("median_b", row.median_b)
                      .add("ratio", row.ratio.ratio)
                      .add("ratio_low", row.ratio.low)
                      .add("ratio_high", row.ratio.high)
                      .add("confidence", row.ratio.confidence)
                      .add("verdict", verdict_of(row.ratio)));
  session.print(comparison_text(comparisons));
  return session.finish(ExitCode::sound, JsonObject().add("comparisons", all));
}

// A device is written to only if that was asked for twice.
std::optional<ExitCode> confirm_device(Session& session, const BenchCommand& command) {
  const auto& accesses = command.device.accesses;
  std::error_code ignored;
  if (std::ranges::find(accesses, DeviceAccess::write) == accesses.end() ||
      !std::filesystem::is_block_file(command.device.path, ignored))
    return std::nullopt;
  if (const auto usable = check_target_usable(command.device.path); !usable)
    return session.fail(ExitCode::failed, usable.error());
  const std::string what = target_text(command.device.path);
  if (session.confirm(fmt::format("ALL DATA on the device {} will be lost.", what), command.yes))
    return std::nullopt;
  return session.not_confirmed(what + " stays as it is", "or name a folder");
}

Result<BenchResults> measure(Session& session, const BenchCommand& command) {
  ToolMonitor monitor(session, "copy");
  switch (command.kind) {
    case Kind::kernels:
      return run_kernel_bench(command.kernels, monitor);
    case Kind::device: {
      DeviceBenchOptions device = command.device;
      std::error_code ignored;
      device.write_to_device = std::filesystem::is_block_file(device.path, ignored);  // confirmed
      return run_device_bench(device, monitor);
    }
    default:
      return run_copy_bench(command.copy, monitor);
  }
}

Result<void> write_new_file(const std::string& path, const std::string& text,
                            Permissions permissions) {
  TINTYPE_TRY(const File file, File::create(path, Caching::page_cache, permissions));
  TINTYPE_CHECK(file.write_at(0, std::as_bytes(std::span(text))));
  return file.sync();
}

}  // namespace

ExitCode run_command(Session& session, const BenchCommand& command) {
  if (command.kind == Kind::compare) return compare_results(session, command);
  session.start(JsonObject().add("kind", word(command.kind)));
  // Before an hour of measuring, not after.
  std::error_code ignored;
  if (std::filesystem::exists(command.output, ignored))
    return session.fail(ExitCode::usage,
                        plain_error(command.output + " exists", "name a new file").value());
  if (const auto folder = std::filesystem::absolute(command.output, ignored).parent_path();
      !command.output.empty() && !std::filesystem::is_directory(folder, ignored))
    return session.fail(
        plain_error(fmt::format("the folder {} does not exist", folder.string()), "make it first")
            .value());
  Report report(session, command.report, Report::Need::required);
  if (const auto refused = report.begin(command.output)) return *refused;
  if (command.kind == Kind::device)
    if (const auto refused = confirm_device(session, command)) return *refused;
  report.options = {{"kind", word(command.kind)}};
  const auto results = measure(session, command);
  if (!results)
    return fail_job(session, results.error(), ExitCode::failed, "nothing is left behind", &report);
  session.print(bench_text(*results));
  if (!command.output.empty()) {
    if (const auto written = write_new_file(command.output, to_json_text(*results, true) + "\n",
                                            session.common().permissions);
        !written)
      return session.fail(ExitCode::failed, written.error());
    session.print(fmt::format("results: {}\n", printable(command.output)));
  }
  JsonObject summary;
  summary.add("kind", word(command.kind));
  ExitCode code = ExitCode::sound;
  if (report.wanted()) {
    describe(report, *results);
    // Nothing but numbers comes out of a bench: without the page asked for it has failed.
    if (!report.finish(code, verdict_of(*results), summary)) code = ExitCode::failed;
  }
  summary.add_raw("results", session.json() ? to_json_text(*results, false) : std::string("null"));
  return session.finish(code, std::move(summary));
}

}  // namespace tintype
