#include "io/extent_gaps.h"

#include <algorithm>
#include <utility>

namespace tintype {

ExtentList gaps_within(const ExtentList& extents, const Extent& range) {
  ExtentList gaps;
  std::uint64_t at = range.offset;
  const auto gap_to = [&](std::uint64_t end) {
    if (at < end) gaps.push_back({.offset = at, .length = end - at});
  };
  auto extent = std::partition_point(extents.begin(), extents.end(),
                                     [&](const Extent& e) { return e.end() <= range.offset; });
  for (; extent != extents.end() && extent->offset < range.end(); ++extent) {
    gap_to(extent->offset);
    at = extent->end();
  }
  gap_to(range.end());
  return gaps;
}

ExtentList joined(const ExtentList& a, const ExtentList& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  ExtentList both(a);
  both.insert(both.end(), b.begin(), b.end());
  return normalized(std::move(both));
}

}  // namespace tintype
