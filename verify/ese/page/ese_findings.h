// Findings about pages of an ESE database, in words. Pages are counted from the start of the file
// here: 0 is the header, 1 its shadow, and the engine's page 1 comes third.
#pragma once

#include "verify/ese/ese_error.h"
#include "verify/ese/page/ese_page_sums.h"
#include "verify/verify_report.h"

namespace tintype {

[[nodiscard]] constexpr std::int64_t page_number_of(std::uint64_t file_page) noexcept {
  return static_cast<std::int64_t>(file_page) - 1;
}

// For a page that is neither sound, uninitialised nor unreadable.
[[nodiscard]] Finding damaged_page(std::uint64_t file_page, const EsePageResult& result,
                                   std::uint32_t page_bytes, std::uint64_t pages_expected);
[[nodiscard]] Finding unreadable_pages(std::uint64_t first_file_page, std::uint64_t pages,
                                       std::uint32_t page_bytes);
// For file page 0 or 1. `kind` says what the damage means for the database.
[[nodiscard]] Finding damaged_header(std::uint64_t file_page, const EsePageResult& result,
                                     std::uint32_t page_bytes, FindingKind kind,
                                     std::string_view consequence);
// A finding about the file as a whole.
[[nodiscard]] Finding about_the_file(FindingKind kind, std::string text, int error_number = 0);

}  // namespace tintype
