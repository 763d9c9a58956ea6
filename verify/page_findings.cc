#include "verify/page_findings.h"

#include <fmt/format.h>

namespace tintype {
namespace {

Finding at(const PagePlace& place, FindingKind kind, std::string text) {
  return {.kind = kind,
          .text = std::move(text),
          .page_number = place.number,
          .file_offset = place.file_offset,
          .length = place.pages * place.page_bytes};
}

}  // namespace

Finding bad_page_finding(const PagePlace& place, std::uint64_t stored, std::uint64_t computed,
                         int hex_digits) {
  return at(place, FindingKind::bad_checksum,
            fmt::format("page {} (file offset {}): checksum mismatch, stored {:#0{}x}, computed "
                        "{:#0{}x}",
                        place.number, place.file_offset, stored, hex_digits + 2, computed,
                        hex_digits + 2));
}

Finding unreadable_pages_finding(const PagePlace& place) {
  return at(
      place, FindingKind::unreadable,
      place.pages == 1
          ? fmt::format("page {} (file offset {}): not readable", place.number, place.file_offset)
          : fmt::format("pages {} to {} (file offset {}): not readable", place.number,
                        place.number + static_cast<std::int64_t>(place.pages) - 1,
                        place.file_offset));
}

}  // namespace tintype
