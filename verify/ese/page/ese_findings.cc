#include "verify/ese/page/ese_findings.h"

#include <fmt/format.h>

namespace tintype {
namespace {

// "page 345 (file offset 11337728)"
std::string place(std::uint64_t file_page, std::uint32_t page_bytes) {
  const std::string_view name = file_page == 0   ? " (header"
                                : file_page == 1 ? " (shadow header"
                                                 : " (";
  return fmt::format("page {}{}{}file offset {})", page_number_of(file_page), name,
                     file_page <= 1 ? ", " : "", file_page * page_bytes);
}

std::string mismatch(const EsePageResult& result, int hex_digits) {
  return fmt::format("checksum mismatch, stored {:#0{}x}, computed {:#0{}x}", result.stored,
                     hex_digits + 2, result.computed, hex_digits + 2);
}

Finding at_page(FindingKind kind, int error_number, std::string text, std::uint64_t file_page,
                std::uint64_t pages, std::uint32_t page_bytes) {
  return {.kind = kind,
          .error_number = error_number,
          .text = std::move(text),
          .page_number = page_number_of(file_page),
          .file_offset = file_page * page_bytes,
          .length = pages * page_bytes};
}

}  // namespace

Finding damaged_page(std::uint64_t file_page, const EsePageResult& result, std::uint32_t page_bytes,
                     std::uint64_t pages_expected) {
  std::string text = place(file_page, page_bytes) + ": ";
  if (result.verdict == PageVerdict::wrong_place) {
    text += fmt::format("the page is marked as page {}", result.likely_page_number);
    return at_page(FindingKind::wrong_place, kErrReadPageNumberVerifyFailure, std::move(text),
                   file_page, 1, page_bytes);
  }
  text += mismatch(result, 16);
  if (result.verdict == PageVerdict::correctable) {
    text += fmt::format("; flipped bit {} explains it", result.bit);
    Finding finding = at_page(FindingKind::correctable, kErrReadVerifyFailure, std::move(text),
                              file_page, 1, page_bytes);
    finding.bit = result.bit;
    return finding;
  }
  // A number no page of this file can have explains nothing.
  if (result.likely_page_number != 0 && result.likely_page_number + 1ull < pages_expected)
    text += fmt::format("; its checksum fits page {}", result.likely_page_number);
  return at_page(FindingKind::bad_checksum, kErrReadVerifyFailure, std::move(text), file_page, 1,
                 page_bytes);
}

Finding unreadable_pages(std::uint64_t first_file_page, std::uint64_t pages,
                         std::uint32_t page_bytes) {
  std::string text = pages == 1 ? place(first_file_page, page_bytes) + ": not readable"
                                : fmt::format("pages {} to {} (file offset {}): not readable",
                                              page_number_of(first_file_page),
                                              page_number_of(first_file_page + pages - 1),
                                              first_file_page * page_bytes);
  return at_page(FindingKind::unreadable, 0, std::move(text), first_file_page, pages, page_bytes);
}

Finding damaged_header(std::uint64_t file_page, const EsePageResult& result,
                       std::uint32_t page_bytes, FindingKind kind, std::string_view consequence) {
  const std::string what =
      result.verdict == PageVerdict::uninitialised ? "all zero" : mismatch(result, 8);
  return at_page(
      kind, kind == FindingKind::header_corrupt ? kErrDatabaseCorrupted : kErrReadVerifyFailure,
      fmt::format("{}: {}; {}", place(file_page, page_bytes), what, consequence), file_page, 1,
      page_bytes);
}

Finding about_the_file(FindingKind kind, std::string text, int error_number) {
  return {.kind = kind, .error_number = error_number, .text = std::move(text)};
}

}  // namespace tintype
