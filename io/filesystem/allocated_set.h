// Collects allocated ranges in any order, overlapping as they come, within a bound of memory.
//
// Where a volume is so fragmented that the list would outgrow the bound, the smallest gaps are
// closed: more is called allocated than is, which costs time but never a byte.
#pragma once

#include <cstddef>

#include "io/extent.h"

namespace tintype {

class AllocatedSet {
 public:
  // 4 Mi extents are 64 MiB of memory.
  explicit AllocatedSet(std::uint64_t end, std::size_t extents_max = std::size_t{4} << 20)
      : end_(end), extents_max_(extents_max) {}
  // Cut at `end`.
  void add(std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] ExtentList finish();

 private:
  void compact();

  std::uint64_t end_;
  std::size_t extents_max_;
  ExtentList extents_;
};

}  // namespace tintype
