// What is found on the pages of a database, in words: where, what is stored and what was computed.
#pragma once

#include <cstdint>
#include <string>

#include "verify/verify_report.h"

namespace tintype {

// Where pages lie: the first by the number the database gives it, and by its place in the file.
struct PagePlace {
  std::int64_t number = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t pages = 1;
  std::uint32_t page_bytes = 0;
};

// "page 51 (file offset 204800): checksum mismatch, stored 0x…, computed 0x…"
[[nodiscard]] Finding bad_page_finding(const PagePlace& place, std::uint64_t stored,
                                       std::uint64_t computed, int hex_digits);
// "pages 7 to 9 (file offset 24576): not readable"
[[nodiscard]] Finding unreadable_pages_finding(const PagePlace& place);

}  // namespace tintype
