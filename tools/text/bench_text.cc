#include "tools/text/bench_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

constexpr std::size_t kColumns = 80;

// Every line is about this program: its name would only make them too long.
std::string shown_name(const BenchMethod& method) {
  std::string_view name = method.name;
  if (name.starts_with("tintype ")) name.remove_prefix(8);
  return printable(name);
}

template <class Member>
double median_of(const BenchMethod& method, Member member) {
  std::vector<double> values;
  for (const BenchRun& run : method.runs) values.push_back(run.*member);
  return summarise(values).median;
}

double mib_per_second(const BenchMethod& method) {
  return 1024 / std::max(summarise(method.seconds_per_gib()).median, 1e-12);
}

// A run's spread by its speed: runs of one method may differ in bytes.
std::string spread_text(const BenchMethod& method) {
  const SampleSummary summary =
      summarise(method.tells_bytes() ? method.seconds_per_gib() : method.seconds());
  return fmt::format("{:.0f} %", summary.spread * 100);
}

// What the numbers leave.
std::size_t name_columns(const BenchResults& results, std::size_t number_columns) {
  std::size_t widest = 6;
  for (const BenchMethod& method : results.methods)
    widest = std::max(widest, columns(shown_name(method)));
  return std::min(widest, kColumns - number_columns);
}

std::string name_cell(const BenchMethod& method, std::size_t width) {
  return padded(cut_middle(shown_name(method), width), width);
}

std::string device_table(const BenchResults& results) {
  const std::size_t width = name_columns(results, 9 + 8 + 9 + 10 + 10);
  std::string text = fmt::format("{}{:>9}{:>8}{:>9}{:>10}{:>10}\n", padded("", width), "MiB/s",
                                 "spread", "IOPS", "p50 ms", "p99 ms");
  for (const BenchMethod& method : results.methods) {
    // The block's size stands in the name only; requests a second follow from both.
    const double rate = mib_per_second(method);
    double block_kib = 0;
    if (const auto at = method.name.find("bs="); at != std::string::npos)
      block_kib = std::atof(method.name.c_str() + at + 3);
    text += fmt::format("{}{:9.0f}{:>8}{:9.0f}{:10.3f}{:10.3f}\n", name_cell(method, width), rate,
                        spread_text(method), block_kib > 0 ? rate * 1024 / block_kib : 0,
                        median_of(method, &BenchRun::latency_median_seconds) * 1e3,
                        median_of(method, &BenchRun::latency_99_seconds) * 1e3);
  }
  return text;
}

std::string copy_table(const BenchResults& results) {
  const std::size_t width = name_columns(results, 9 + 8 + 8 + 9);
  std::string text = fmt::format("{}{:>9}{:>8}{:>8}{:>9}\n", padded("", width), "median s",
                                 "spread", "MiB/s", "CPU/GiB");
  for (const BenchMethod& method : results.methods) {
    const double gib_per_run = summarise(method.seconds()).median * mib_per_second(method) / 1024;
    text +=
        fmt::format("{}{:9.3f}{:>8}{:8.0f}{:9.2f}\n", name_cell(method, width),
                    summarise(method.seconds()).median, spread_text(method), mib_per_second(method),
                    median_of(method, &BenchRun::cpu_seconds) / std::max(gib_per_run, 1e-12));
  }
  return text;
}

const BenchMethod* find(const BenchResults& results, const std::string& name) {
  for (const BenchMethod& method : results.methods)
    if (method.name == name && !method.runs.empty()) return &method;
  return nullptr;
}

std::string kernel_table(const BenchResults& results) {
  constexpr std::string_view kNear = " L2", kFar = " memory";
  std::string text = fmt::format("{:<26}{:>10}{:>9}{:>8}{:>10}{:>9}{:>8}\n", "", "L2 GiB/s",
                                 "/memcpy", "spread", "mem GiB/s", "/memcpy", "spread");
  for (const BenchMethod& method : results.methods) {
    if (!method.name.ends_with(kNear)) continue;
    const std::string name = method.name.substr(0, method.name.size() - kNear.size());
    text += padded(name, 26);
    for (const std::string_view set : {kNear, kFar}) {
      const BenchMethod* const kernel = find(results, name + std::string(set));
      const BenchMethod* const ceiling = find(results, "memcpy" + std::string(set));
      if (kernel == nullptr || ceiling == nullptr) continue;
      const double rate = mib_per_second(*kernel) / 1024;
      text += fmt::format("{:10.2f}{:9.2f}{:>8}", rate, rate * 1024 / mib_per_second(*ceiling),
                          spread_text(*kernel));
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string bench_text(const BenchResults& results) {
  std::string text =
      fmt::format("{}, {}, {}\n", printable(results.machine.processor),
                  counted(results.machine.cores, "core"), counted(results.rounds, "round"));
  text += printable(results.subject) + "\n\n";
  if (results.kind == "device") text += device_table(results);
  if (results.kind == "copy") text += copy_table(results);
  if (results.kind == "kernels") text += kernel_table(results);
  if (!results.warnings.empty()) text += "\n";
  for (const std::string& warning : results.warnings)
    text += "warning: " + wrapped(printable(warning), 9, kColumns) + "\n";
  return text;
}

std::string_view verdict_of(const RatioEstimate& ratio) noexcept {
  if (ratio.confidence < RatioEstimate::kConfidence) return "too few runs to tell";
  if (!ratio.shows_difference()) return "no difference shown";
  return ratio.ratio < 1 ? "B is faster" : "B is slower";
}

std::string comparison_text(std::span<const BenchComparison> comparisons) {
  std::string text;
  for (const BenchComparison& row : comparisons) {
    const std::string_view unit = row.per_gib ? "s/GiB" : "s";
    text += fmt::format(
        "{}\n  A {:.4g} {}, B {:.4g} {}: B/A {:.3f}, {:.3f} to {:.3f} ({:.0f} %), {}\n",
        printable(row.name), row.median_a, unit, row.median_b, unit, row.ratio.ratio, row.ratio.low,
        row.ratio.high, row.ratio.confidence * 100, verdict_of(row.ratio));
  }
  return text;
}

}  // namespace tintype
