// Which file each of a few volume ranges belongs to, while a map is read in any order.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "io/filesystem/filesystem_map.h"

namespace tintype {

class RangeOwners {
 public:
  static constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

  explicit RangeOwners(const ExtentList& ranges);  // in any order
  // True if the run owns one of the ranges as far as is known now: `key` is then its owner. The
  // claim to a range's earliest byte wins.
  bool claim(const FileRun& run, std::size_t key);

  struct Owner {
    std::size_t key = kNobody;
    std::uint64_t file_offset = 0;  // of the range's first byte that the file owns
  };
  // One a range, in the order the ranges were given.
  [[nodiscard]] const std::vector<Owner>& owners() const noexcept { return owners_; }

 private:
  struct Range {
    std::uint64_t offset, end;
    std::size_t index;
    std::uint64_t claimed_at;  // volume offset of the best claim so far
  };
  std::vector<Range> ranges_;                // by offset
  std::vector<std::uint64_t> furthest_end_;  // of the ranges up to this one: ends then ascend
  std::vector<Owner> owners_;
};

}  // namespace tintype
