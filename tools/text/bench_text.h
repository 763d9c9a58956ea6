// Results of a bench as tables of at most 80 columns. Pure: numbers in, text out.
#pragma once

#include <span>
#include <string>

#include "engine/bench/bench_results.h"

namespace tintype {

[[nodiscard]] std::string bench_text(const BenchResults& results);
[[nodiscard]] std::string comparison_text(std::span<const BenchComparison> comparisons);
// "B is faster", "B is slower", "no difference shown", "too few runs to tell"
[[nodiscard]] std::string_view verdict_of(const RatioEstimate& ratio) noexcept;

}  // namespace tintype
