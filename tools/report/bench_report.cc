#include "tools/report/bench_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "tools/text/units.h"

namespace tintype {
namespace {

using Tone = ReportBody::Tone;

template <class Member>
double median_of(const BenchMethod& method, Member member) {
  std::vector<double> values;
  for (const BenchRun& run : method.runs) values.push_back(static_cast<double>(run.*member));
  return summarise(values).median;
}

double mib_per_second(const BenchMethod& method) {
  return 1024 / std::max(summarise(method.seconds_per_gib()).median, 1e-12);
}

SampleSummary speed_of(const BenchMethod& method) {
  return summarise(method.tells_bytes() ? method.seconds_per_gib() : method.seconds());
}

std::string number(double value, int digits) {
  return fmt::format("{:.{}f}", value, digits);
}

void add_table(ReportBody& body, const BenchResults& results) {
  const bool device = results.kind == "device";
  std::vector<ReportBody::Column> columns{{"Method"},
                                          {"Runs", ReportBody::kNumber},
                                          {"MiB/s", ReportBody::kNumber},
                                          {"Median s", ReportBody::kNumber},
                                          {"Min s", ReportBody::kNumber},
                                          {"Max s", ReportBody::kNumber},
                                          {"Spread", ReportBody::kNumber},
                                          {"CPU s", ReportBody::kNumber}};
  if (device) {
    columns.push_back({"Requests/s", ReportBody::kNumber});
    columns.push_back({"50 % within ms", ReportBody::kNumber});
    columns.push_back({"99 % within ms", ReportBody::kNumber});
  } else if (results.kind == "copy") {
    columns.push_back({"Limited by"});
  }
  std::vector<ReportBody::Row> rows;
  for (const BenchMethod& method : results.methods) {
    if (method.runs.empty()) continue;
    const SampleSummary seconds = summarise(method.seconds());
    const double spread = speed_of(method).spread;
    ReportBody::Row row{method.name,
                        fmt::format("{}", method.runs.size()),
                        method.tells_bytes() ? number(mib_per_second(method), 1) : "-",
                        number(seconds.median, 4),
                        number(seconds.min, 4),
                        number(seconds.max, 4),
                        ReportBody::Cell(fmt::format("{:.0f} %", spread * 100),
                                         spread > kSteadySpreadMax ? Tone::warn : Tone::plain),
                        number(median_of(method, &BenchRun::cpu_seconds), 4)};
    if (device) {
      row.push_back(method.block_bytes == 0
                        ? "-"
                        : number(mib_per_second(method) * (1 << 20) / method.block_bytes, 0));
      row.push_back(number(median_of(method, &BenchRun::latency_median_seconds) * 1e3, 3));
      row.push_back(number(median_of(method, &BenchRun::latency_99_seconds) * 1e3, 3));
    } else if (results.kind == "copy") {
      row.push_back(method.runs.back().limiting);
    }
    rows.push_back(std::move(row));
  }
  body.table(columns, rows);
}

JsonObject to_json(const BenchMethod& method) {
  std::vector<JsonObject> runs;
  for (const BenchRun& run : method.runs) {
    JsonObject json;
    json.add("wall_s", run.wall_seconds).add("cpu_s", run.cpu_seconds).add("bytes", run.bytes);
    if (run.latency_median_seconds > 0)
      json.add("latency_p50_s", run.latency_median_seconds)
          .add("latency_p99_s", run.latency_99_seconds);
    if (!run.limiting.empty()) json.add("limiting", run.limiting);
    runs.push_back(std::move(json));
  }
  const SampleSummary seconds = summarise(method.seconds());
  JsonObject json;
  json.add("name", method.name)
      .add("wall_s", seconds.median)
      .add("spread", speed_of(method).spread)
      .add("runs", runs);
  if (method.tells_bytes()) json.add("mib_per_s", mib_per_second(method));
  if (!method.access.empty())
    json.add("access", method.access)
        .add("block_bytes", method.block_bytes)
        .add("iodepth", method.depth)
        .add("latency_p50_s", median_of(method, &BenchRun::latency_median_seconds))
        .add("latency_p99_s", median_of(method, &BenchRun::latency_99_seconds));
  return json;
}

// Whether there is more than one point along depths or sizes.
bool has_curves(const BenchResults& results) {
  return std::ranges::any_of(results.methods, [&](const BenchMethod& one) {
    return !one.access.empty() && std::ranges::any_of(results.methods, [&](const BenchMethod& two) {
      return one.access == two.access &&
             (one.depth != two.depth || one.block_bytes != two.block_bytes);
    });
  });
}

}  // namespace

std::string verdict_of(const BenchResults& results) {
  return fmt::format("measured: {} in {}{}. exit 0", counted(results.methods.size(), "method"),
                     counted(results.rounds, "round"),
                     results.warnings.empty() ? "" : ", with warnings");
}

void describe(Report& report, const BenchResults& results) {
  const BenchMachine& machine = results.machine;
  const BenchMethod* fastest = nullptr;
  for (const BenchMethod& method : results.methods)
    if (!method.runs.empty() && method.tells_bytes() &&
        (fastest == nullptr || mib_per_second(method) > mib_per_second(*fastest)))
      fastest = &method;
  report.tiles = {{"Methods", fmt::format("{}", results.methods.size())},
                  {"Rounds", fmt::format("{}", results.rounds)}};
  if (fastest != nullptr) {
    report.tiles.push_back({"Fastest", fastest->name});
    report.tiles.push_back({"Its median", fmt::format("{:.0f} MiB/s", mib_per_second(*fastest))});
  }
  report.tiles.push_back(
      {"Warnings", ReportBody::Cell(fmt::format("{}", results.warnings.size()),
                                    results.warnings.empty() ? Tone::good : Tone::warn)});
  if (has_curves(results)) {
    report.findings.section("Curves");
    report.findings.place("curves", "Throughput and times of requests over their number and size");
  }
  report.findings.section("Methods");
  report.findings.place("bars", "Each method with its single runs");
  add_table(report.findings, results);
  report.findings.paragraph(
      "Medians over the rounds. Spread: (slowest - fastest) / median. The order of the methods "
      "changed from round to round.");
  if (!results.warnings.empty()) {
    report.findings.section("Warnings");
    std::vector<ReportBody::Row> rows;
    for (const std::string& warning : results.warnings) rows.push_back({warning});
    report.findings.table({{"What"}}, rows);
  }
  report.remarks = !results.warnings.empty();
  report.options.insert(report.options.end(),
                        {{"subject", results.subject},
                         {"processor", machine.processor},
                         {"cores", fmt::format("{}", machine.cores)},
                         {"memory", bytes_text(machine.memory_bytes)},
                         {"kernel", machine.kernel},
                         {"load before", fmt::format("{:.2f}", machine.load_before)}});
  std::vector<JsonObject> methods;
  for (const BenchMethod& method : results.methods)
    if (!method.runs.empty()) methods.push_back(to_json(method));
  report.data.add("bench", JsonObject()
                               .add("kind", results.kind)
                               .add("methods", methods)
                               .add("warnings", results.warnings)
                               .add_raw("results", to_json_text(results, false)));
}

}  // namespace tintype
