#include "verify/ese/stream/needed_logs.h"

#include <algorithm>

namespace tintype {

std::int64_t NeededLogs::max_committed_of(const DatabaseHeader& header) noexcept {
  return std::max<std::int64_t>(header.gen_max_committed, header.gen_max_required);
}

void NeededLogs::add(const DatabaseHeader& header) noexcept {
  any_ = true;
  const std::int64_t low = header.gen_min_required;
  if (low > 0) min_required_ = min_required_ == 0 ? low : std::min(min_required_, low);
  max_required_ = std::max<std::int64_t>(max_required_, header.gen_max_required);
  max_committed_ = std::max(max_committed_, max_committed_of(header));
}

LogCost NeededLogs::cost_of(std::int64_t generation) const noexcept {
  if (!any_ || generation < min_required_) return LogCost::nothing;
  if (generation <= max_required_) return LogCost::required;
  return generation <= max_committed_ ? LogCost::committed : LogCost::nothing;
}

std::vector<MissingLogs> NeededLogs::missing(std::vector<std::int64_t> here) const {
  std::vector<MissingLogs> missing;
  if (!any_) return missing;
  std::ranges::sort(here);
  here.erase(std::unique(here.begin(), here.end()), here.end());
  const auto look = [&](std::int64_t low, std::int64_t high, LogCost cost) {
    if (low < 1) return;
    // Walks what is here, not the range, which a header may claim to be anything.
    for (auto next = std::ranges::lower_bound(here, low); low <= high; ++next) {
      const std::int64_t end = next == here.end() ? high + 1 : std::min(*next, high + 1);
      if (low < end) missing.push_back({low, end - 1, cost});
      low = end + 1;
      if (next == here.end()) break;
    }
  };
  look(min_required_, max_required_, LogCost::required);
  look(std::max(max_required_ + 1, min_required_), max_committed_, LogCost::committed);
  return missing;
}

}  // namespace tintype
