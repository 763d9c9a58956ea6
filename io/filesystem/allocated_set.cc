#include "io/filesystem/allocated_set.h"

#include <algorithm>

namespace tintype {

void AllocatedSet::add(std::uint64_t offset, std::uint64_t length) {
  if (offset >= end_ || length == 0) return;
  length = std::min(length, end_ - offset);
  if (!extents_.empty() && offset >= extents_.back().offset &&
      offset <= extents_.back().end()) {  // bitmaps and most files come in order
    extents_.back().length =
        std::max(extents_.back().end(), offset + length) - extents_.back().offset;
    return;
  }
  if (extents_.size() >= extents_max_) compact();
  extents_.push_back({offset, length});
}

// Afterwards at most half the bound is in use, so that the next time is far.
void AllocatedSet::compact() {
  extents_ = normalized(std::move(extents_));
  const std::size_t wanted = std::max<std::size_t>(extents_max_ / 2, 1);
  if (extents_.size() <= wanted) return;
  std::vector<std::uint64_t> gaps;
  gaps.reserve(extents_.size());
  for (std::size_t i = 1; i < extents_.size(); ++i)
    gaps.push_back(extents_[i].offset - extents_[i - 1].end());
  // The largest wanted - 1 gaps stay open, unless they are as small as those that must close.
  const auto last_closed = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() - wanted);
  std::nth_element(gaps.begin(), last_closed, gaps.end());
  std::size_t kept = 0;
  for (const Extent& extent : extents_) {
    if (kept > 0 && extent.offset - extents_[kept - 1].end() <= *last_closed)
      extents_[kept - 1].length = extent.end() - extents_[kept - 1].offset;
    else
      extents_[kept++] = extent;
  }
  extents_.resize(kept);
}

ExtentList AllocatedSet::finish() {
  extents_ = normalized(std::move(extents_));
  extents_.shrink_to_fit();
  return std::move(extents_);
}

}  // namespace tintype
