#include "io/filesystem/claimed_set.h"

#include <algorithm>

namespace tintype {

bool ClaimedSet::claim(std::uint64_t offset, std::uint64_t length) {
  if (offset >= end_) return false;
  std::uint64_t at = offset;
  const std::uint64_t end = offset + std::min(length, end_ - offset);
  auto mark = std::ranges::partition_point(
      marked_, [&](const Extent& extent) { return extent.end() <= at; });
  bool missed = false;
  while (at < end) {
    const std::uint64_t next = mark == marked_.end() ? end : std::min(mark->offset, end);
    if (at < next) {
      unmarked_.add(at, next - at);
      missed = true;
    }
    if (mark == marked_.end()) break;
    at = std::max(at, mark->end());
    ++mark;
  }
  return missed;
}

ClaimedSet::Both ClaimedSet::finish() {
  Both both;
  ExtentList unmarked = unmarked_.finish();
  // A list that outgrew its bound was rounded up: what it gained may be marked.
  both.unmarked_bytes = total_bytes(unmarked) - total_bytes(intersection(unmarked, marked_));
  if (unmarked.empty()) {
    both.allocated = std::move(marked_);
    return both;
  }
  unmarked.insert(unmarked.end(), marked_.begin(), marked_.end());
  both.allocated = normalized(std::move(unmarked));
  return both;
}

}  // namespace tintype
