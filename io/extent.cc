#include "io/extent.h"

#include <algorithm>

namespace tintype {

ExtentList normalized(ExtentList extents) {
  std::erase_if(extents, [](const Extent& extent) { return extent.length == 0; });
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  ExtentList joined;
  for (const Extent& extent : extents) {
    if (!joined.empty() && extent.offset <= joined.back().end())
      joined.back().length = std::max(joined.back().end(), extent.end()) - joined.back().offset;
    else
      joined.push_back(extent);
  }
  return joined;
}

ExtentList intersection(const ExtentList& a, const ExtentList& b) {
  ExtentList common;
  for (auto in_a = a.begin(), in_b = b.begin(); in_a != a.end() && in_b != b.end();) {
    const std::uint64_t begin = std::max(in_a->offset, in_b->offset);
    const std::uint64_t end = std::min(in_a->end(), in_b->end());
    if (begin < end) common.push_back({.offset = begin, .length = end - begin});
    // The one that ends first has met all it can meet.
    if (in_a->end() < in_b->end())
      ++in_a;
    else
      ++in_b;
  }
  return common;
}

ExtentList parts_within(const ExtentList& extents, const Extent& range) {
  ExtentList parts;
  auto extent = std::partition_point(extents.begin(), extents.end(),
                                     [&](const Extent& e) { return e.end() <= range.offset; });
  for (; extent != extents.end() && extent->offset < range.end(); ++extent) {
    const std::uint64_t begin = std::max(extent->offset, range.offset);
    parts.push_back({begin, std::min(extent->end(), range.end()) - begin});
  }
  return parts;
}

ExtentList rounded_out(const ExtentList& extents, std::uint64_t unit, std::uint64_t end) {
  ExtentList grown;
  grown.reserve(extents.size());
  for (const Extent& extent : extents) {
    if (extent.length == 0 || extent.offset >= end) continue;
    const std::uint64_t grown_begin = extent.offset - extent.offset % unit;
    std::uint64_t grown_end = std::min(extent.end(), end);
    if (const std::uint64_t over = grown_end % unit; over != 0)
      grown_end += std::min(unit - over, end - grown_end);  // the sum cannot pass `end`
    grown.push_back({.offset = grown_begin, .length = grown_end - grown_begin});
  }
  return normalized(std::move(grown));
}

std::uint64_t total_bytes(const ExtentList& extents) noexcept {
  std::uint64_t total = 0;
  for (const Extent& extent : extents) total += extent.length;
  return total;
}

}  // namespace tintype
