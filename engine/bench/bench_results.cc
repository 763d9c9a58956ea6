#include "engine/bench/bench_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/bench/bench_machine.h"
#include "engine/manifest/set_name.h"
#include "engine/version.h"
#include "hashing/counted.h"

namespace tintype {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

}  // namespace

bool BenchMethod::tells_bytes() const noexcept {
  return std::all_of(runs.begin(), runs.end(), [](const BenchRun& run) { return run.bytes > 0; });
}

std::vector<double> BenchMethod::seconds() const {
  std::vector<double> all;
  for (const BenchRun& run : runs) all.push_back(run.wall_seconds);
  return all;
}

std::vector<double> BenchMethod::seconds_per_gib() const {
  std::vector<double> all;
  for (const BenchRun& run : runs)
    all.push_back(run.wall_seconds / (static_cast<double>(run.bytes) / kGiB));
  return all;
}

BenchMethod& BenchResults::method(const std::string& name) {
  for (BenchMethod& known : methods)
    if (known.name == name) return known;
  return methods.emplace_back(BenchMethod{.name = name, .runs = {}});
}

std::vector<BenchComparison> compare(const BenchResults& a, const BenchResults& b) {
  std::vector<BenchComparison> all;
  for (const BenchMethod& method : a.methods) {
    const auto other = std::find_if(b.methods.begin(), b.methods.end(),
                                    [&](const BenchMethod& m) { return m.name == method.name; });
    if (other == b.methods.end() || method.runs.empty() || other->runs.empty()) continue;
    const bool per_gib = method.tells_bytes() && other->tells_bytes();
    const auto of_a = per_gib ? method.seconds_per_gib() : method.seconds();
    const auto of_b = per_gib ? other->seconds_per_gib() : other->seconds();
    all.push_back({.name = method.name,
                   .per_gib = per_gib,
                   .median_a = summarise(of_a).median,
                   .median_b = summarise(of_b).median,
                   .ratio = ratio_of(of_a, of_b)});
  }
  return all;
}

BenchResults begin_results(std::string kind, std::string subject, unsigned rounds) {
  BenchResults results;
  results.kind = std::move(kind);
  results.date = utc_text(std::chrono::system_clock::now());
  results.program = program_version();
  results.subject = std::move(subject);
  results.machine = describe_machine();
  results.rounds = rounds;
  return results;
}

void add_steadiness_warnings(BenchResults& results) {
  for (const BenchMethod& method : results.methods) {
    const SampleSummary summary = summarise(method.seconds());
    if (!summary.outliers.empty())
      results.warnings.push_back(fmt::format("{}: {} of {} far from the others", method.name,
                                             summary.outliers.size(),
                                             counted(method.runs.size(), "run")));
    else if (summary.spread > kSteadySpreadMax)
      results.warnings.push_back(
          fmt::format("{}: the runs vary by {:.0f} %", method.name, summary.spread * 100));
  }
  if (!results.warnings.empty())
    results.warnings.emplace_back("the machine was not quiet: run it again before you believe it");
}

}  // namespace tintype
