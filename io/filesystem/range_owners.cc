#include "io/filesystem/range_owners.h"

#include <algorithm>

namespace tintype {

RangeOwners::RangeOwners(const ExtentList& ranges) : owners_(ranges.size()) {
  for (std::size_t i = 0; i < ranges.size(); ++i)
    ranges_.push_back({ranges[i].offset, ranges[i].end(), i, ranges[i].end()});
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.offset < b.offset; });
  std::uint64_t furthest = 0;
  for (const Range& range : ranges_)
    furthest_end_.push_back(furthest = std::max(furthest, range.end));
}

bool RangeOwners::claim(const FileRun& run, std::size_t key) {
  bool won = false;
  const std::uint64_t run_end = run.volume_offset + run.length;
  // The first range that can reach into the run.
  auto at = static_cast<std::size_t>(
      std::upper_bound(furthest_end_.begin(), furthest_end_.end(), run.volume_offset) -
      furthest_end_.begin());
  for (; at < ranges_.size() && ranges_[at].offset < run_end; ++at) {
    Range& range = ranges_[at];
    const std::uint64_t first = std::max(range.offset, run.volume_offset);
    if (first >= range.end || first >= range.claimed_at) continue;
    range.claimed_at = first;
    owners_[range.index] = {key, run.file_offset + (first - run.volume_offset)};
    won = true;
  }
  return won;
}

}  // namespace tintype
