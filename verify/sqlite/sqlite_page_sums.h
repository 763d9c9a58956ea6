// The checksum that SQLite's extension cksumvfs keeps in the last 8 bytes of a page, from parts of
// the page in any order.
//
// Over the page's words w0 w1 w2 … (little-endian, without those last 8 bytes), from zero:
//   s1 += w0 + s2;  s2 += w1 + s1;  s1 += w2 + s2;  …      modulo 2^32
// A pair of words is one linear step, (s1, s2) → M (s1, s2) + (w0, w0 + w1), M = (1 1 / 1 2). So a
// part that is summed from zero and then stepped over the pairs that follow it in the page, with
// M^n, is its share of the page's sum, and shares add up. The words of zeros add nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tintype {

inline constexpr std::uint32_t kSqliteChecksumBytes = 8;

struct SqliteChecksum {
  std::uint32_t s1 = 0, s2 = 0;
  bool operator==(const SqliteChecksum&) const = default;
};

struct SqlitePageSums {
  SqliteChecksum computed, stored;
  std::uint32_t bytes_seen = 0;
  bool any_bit_set = false;

  // Adds `bytes` that lie `byte_offset` into the page: both multiples of 8, each byte once.
  void add(std::uint32_t page_bytes, std::uint32_t byte_offset,
           std::span<const std::byte> bytes) noexcept;
  // Joins the sums of disjoint parts of the same page.
  void merge(const SqlitePageSums& other) noexcept;
  [[nodiscard]] bool fits() const noexcept { return computed == stored; }
};

}  // namespace tintype
