// One ESE database page reduced to what its verdict needs: about 150 bytes instead of up to 32 KiB.
// A page that arrives whole is summed and judged at once; a page that arrives in pieces is summed
// piece by piece, in any order, and judged when all its bytes were seen.
#pragma once

#include <array>
#include <cstdint>

#include "verify/ese/page/ese_block_code.h"
#include "verify/page_verdict.h"

namespace tintype {

struct EsePageSums {
  static constexpr std::size_t kHeaderBytes = 80;  // large-page header; small pages use 40 of it
  static constexpr std::size_t kBlocksMax = 4;

  std::array<EseBlockCode, kBlocksMax> codes{};  // raw: the stored checksums are still in them
  std::array<std::byte, kHeaderBytes> header{};
  std::uint32_t bytes_seen = 0;
  bool any_bit_set = false;

  // Adds `bytes` that lie `byte_offset` into the page (multiples of 512; the last piece of a file
  // that ends inside a page never gets here). Each byte is added once.
  void add(std::uint32_t page_bytes, std::uint32_t byte_offset,
           std::span<const std::byte> bytes) noexcept;
  // Joins the sums of two disjoint sets of pieces of the same page.
  void merge(const EsePageSums& other) noexcept;
};

struct EsePageResult {
  PageVerdict verdict{};
  std::uint64_t stored = 0;  // of the first block that failed
  std::uint64_t computed = 0;
  std::uint32_t bit = 0;                 // first flipped bit in the page, if correctable
  std::uint32_t likely_page_number = 0;  // where a misplaced page seems to belong; 0 = no idea
  std::uint64_t dbtime = 0;
};
[[nodiscard]] inline std::uint64_t time_of(const EsePageResult& result) noexcept {
  return result.dbtime;
}

// Rules of section 3.6 and 3.7 for a data page.
[[nodiscard]] EsePageResult judge_ese_page(const EsePageSums& sums, std::uint32_t page_bytes,
                                           std::uint32_t page_number) noexcept;
// XOR32 of the whole page: header, shadow header, trailer (section 3.1).
[[nodiscard]] EsePageResult judge_ese_header_page(const EsePageSums& sums) noexcept;
// The last page of a streaming-backup copy (section 3.8): dwords 1, 2, 3 and 6 are zero.
[[nodiscard]] bool looks_like_ese_trailer(const EsePageSums& sums) noexcept;

}  // namespace tintype
