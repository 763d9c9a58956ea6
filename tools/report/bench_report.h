// What the report of a bench tells: every method with its median and its spread, each single run,
// and, of a device, curves.
#pragma once

#include "engine/bench/bench_results.h"
#include "tools/report/report.h"

namespace tintype {

void describe(Report& report, const BenchResults& results);
// "measured: 8 methods in 5 rounds, with warnings"
[[nodiscard]] std::string verdict_of(const BenchResults& results);

}  // namespace tintype
