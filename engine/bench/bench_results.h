// What a bench measured: every single run, so that anybody can draw other conclusions. Written as
// the files in bench/results are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/bench/statistics.h"
#include "io/result.h"

namespace tintype {

struct BenchRun {
  double wall_seconds = 0;
  double cpu_seconds = 0;   // user and system, of the whole process
  std::uint64_t bytes = 0;  // moved or worked on; 0 in files that do not tell
  // Of the requests of a device bench; 0 elsewhere.
  double latency_median_seconds = 0, latency_99_seconds = 0;
  std::string limiting;  // stage, of a job; "" elsewhere
};

struct BenchMethod {
  std::string name;
  std::vector<BenchRun> runs;
  // Of a device bench: "read", bytes of a request, requests in flight. Nothing elsewhere.
  std::string access;
  std::uint32_t block_bytes = 0;
  unsigned depth = 0;

  // Seconds of each run; a GiB, if every run of this tells its bytes.
  [[nodiscard]] bool tells_bytes() const noexcept;
  [[nodiscard]] std::vector<double> seconds() const;
  [[nodiscard]] std::vector<double> seconds_per_gib() const;
};

struct BenchMachine {
  std::string processor, kernel;
  unsigned cores = 0;
  std::uint64_t memory_bytes = 0;
  double load_before = 0;
};

struct BenchResults {
  std::string kind;     // "kernels", "device", "copy"
  std::string date;     // UTC, ISO 8601
  std::string program;  // "tintype 0.1.0"
  std::string subject;  // what was measured: a device, a volume
  BenchMachine machine;
  unsigned rounds = 0;
  std::vector<BenchMethod> methods;
  std::vector<std::string> warnings;

  BenchMethod& method(const std::string& name);  // made if it is not there
};

// Without methods yet: of this program, on this machine, now.
[[nodiscard]] BenchResults begin_results(std::string kind, std::string subject, unsigned rounds);

// Beyond this spread a disk was not steady, as bench/README.md has it.
inline constexpr double kSteadySpreadMax = 0.20;
// Adds a warning for each method whose runs vary too much, or of which some are far from the
// others.
void add_steadiness_warnings(BenchResults& results);

// One method of two results: the ratio of its times, b to a.
struct BenchComparison {
  std::string name;
  bool per_gib = false;  // the medians are seconds a GiB, else of a run
  double median_a = 0, median_b = 0;
  RatioEstimate ratio;
};
// Of the methods that both have, in a's order.
[[nodiscard]] std::vector<BenchComparison> compare(const BenchResults& a, const BenchResults& b);

[[nodiscard]] std::string to_json_text(const BenchResults& results, bool pretty);
// What to_json_text() or bench/copy_bench.py wrote; or the last line of `tintype bench --json`.
// Only methods with runs are taken.
[[nodiscard]] Result<BenchResults> parse_bench_results(const std::string& text,
                                                       const std::string& path);
[[nodiscard]] Result<BenchResults> read_bench_results(const std::string& path);

}  // namespace tintype
