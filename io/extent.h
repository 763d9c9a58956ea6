// A range of bytes, and ordered lists of them.
#pragma once

#include <cstdint>
#include <vector>

namespace tintype {

struct Extent {
  std::uint64_t offset = 0;  // bytes
  std::uint64_t length = 0;  // bytes
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
  bool operator==(const Extent&) const = default;
};

// Sorted by offset, not empty, not touching one another.
using ExtentList = std::vector<Extent>;

// Sorts, drops empty ones, and joins what touches or overlaps.
[[nodiscard]] ExtentList normalized(ExtentList extents);
// The parts that are in both. Both lists are normalized; so is the result.
[[nodiscard]] ExtentList intersection(const ExtentList& a, const ExtentList& b);
// What of a normalized list lies in one range; fast for a long list.
[[nodiscard]] ExtentList parts_within(const ExtentList& extents, const Extent& range);
// Grows every extent outwards to multiples of `unit` (not past `end`) and normalizes.
[[nodiscard]] ExtentList rounded_out(const ExtentList& extents, std::uint64_t unit,
                                     std::uint64_t end);
[[nodiscard]] std::uint64_t total_bytes(const ExtentList& extents) noexcept;

}  // namespace tintype
