// Runs of a file's bytes cut at page borders, and the count of pages that shows every page was
// seen exactly once.
#pragma once

#include <cstdint>

namespace tintype {

// One run: the end of a page that began earlier, whole pages, the beginning of a page that ends
// later. A part of 0 bytes is none. Bytes behind the last whole page of the file are left out.
struct PageCut {
  struct Part {
    std::uint64_t page = 0;  // counted from the start of the file
    std::uint32_t byte_offset = 0;
    std::uint32_t bytes = 0;
  };
  Part head;
  std::uint64_t first_whole = 0;
  std::uint64_t whole_pages = 0;
  Part tail;

  static PageCut of(std::uint64_t file_offset, std::uint64_t length, std::uint32_t page_bytes,
                    std::uint64_t pages_expected) noexcept;
};

// How many pages were seen would not show that one page came twice and another never. The sums of
// the page numbers and of their squares show it, in any order and at the cost of two additions.
class PageTally {
 public:
  void add(std::uint64_t first_page, std::uint64_t pages) noexcept;
  [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
  // Whether pages 0 … `pages` - 1 were added, each once.
  [[nodiscard]] bool is_exactly(std::uint64_t pages) const noexcept;

 private:
  std::uint64_t seen_ = 0;
  std::uint64_t sum_ = 0;             // modulo 2^64
  std::uint64_t sum_of_squares_ = 0;  // modulo 2^64
};

}  // namespace tintype
