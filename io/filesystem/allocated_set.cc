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

// Afterwards at most half the bound is in use, so that the next one is far.
void AllocatedSet::compact() {
  extents_ = normalized(std::move(extents_));
  for (;;) {
    std::size_t kept = 0;
    for (const Extent& extent : extents_) {
      if (kept > 0 && extent.offset - extents_[kept - 1].end() <= gap_closed_)
        extents_[kept - 1].length = extent.end() - extents_[kept - 1].offset;
      else
        extents_[kept++] = extent;
    }
    extents_.resize(kept);
    if (extents_.size() <= extents_max_ / 2 || extents_.size() < 2) return;
    gap_closed_ = std::max<std::uint64_t>(gap_closed_ * 2, 4096);
  }
}

ExtentList AllocatedSet::finish() {
  extents_ = normalized(std::move(extents_));
  extents_.shrink_to_fit();
  return std::move(extents_);
}

}  // namespace tintype
