// Something wrong with an ESE log, checkpoint or flush map: a finding with a name for it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verify/verify_report.h"

namespace tintype {

struct EseProblem {
  std::string_view name;  // "SegmentCorrupt": a literal, for rules that tell problems apart
  Finding finding;
};

using EseProblems = std::vector<EseProblem>;

// Whether no problem is worse than a warning.
[[nodiscard]] inline bool only_warnings(const EseProblems& problems) noexcept {
  for (const EseProblem& problem : problems)
    if (!is_warning(problem.finding.kind)) return false;
  return true;
}

[[nodiscard]] inline EseProblem make_problem(std::string_view name, FindingKind kind,
                                             int error_number, std::string text,
                                             std::uint64_t file_offset = 0,
                                             std::uint64_t length = 0) {
  return {.name = name,
          .finding = {.kind = kind,
                      .error_number = error_number,
                      .text = std::move(text),
                      .file_offset = file_offset,
                      .length = length}};
}

}  // namespace tintype
