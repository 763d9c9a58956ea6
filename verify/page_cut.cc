#include "verify/page_cut.h"

#include <algorithm>

namespace tintype {

PageCut PageCut::of(std::uint64_t file_offset, std::uint64_t length, std::uint32_t page_bytes,
                    std::uint64_t pages_expected) noexcept {
  PageCut cut;
  const std::uint64_t file_end = pages_expected * page_bytes;
  if (file_offset >= file_end || length == 0) return cut;
  const std::uint64_t end = file_offset + std::min(length, file_end - file_offset);
  const std::uint64_t first_page = file_offset / page_bytes;
  const auto in_page = static_cast<std::uint32_t>(file_offset % page_bytes);
  if (in_page != 0) {
    const std::uint64_t page_end = (first_page + 1) * page_bytes;
    cut.head = {first_page, in_page,
                static_cast<std::uint32_t>(std::min(end, page_end) - file_offset)};
    if (end <= page_end) return cut;
  }
  cut.first_whole = first_page + (in_page != 0 ? 1 : 0);
  cut.whole_pages = end / page_bytes - cut.first_whole;
  cut.tail = {end / page_bytes, 0, static_cast<std::uint32_t>(end % page_bytes)};
  return cut;
}

namespace {

// 0 + 1 + … + (n-1), and 0 + 1 + 4 + … + (n-1)^2, modulo 2^64. The divisions are exact because
// they are done on a factor before anything can wrap.
std::uint64_t sum_below(std::uint64_t n) noexcept {
  if (n == 0) return 0;
  return n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
}

std::uint64_t sum_of_squares_below(std::uint64_t n) noexcept {  // n(n-1)(2n-1) / 6
  if (n == 0) return 0;
  std::uint64_t factors[3] = {n, n - 1, 2 * n - 1};
  factors[n % 2 == 0 ? 0 : 1] /= 2;
  for (std::uint64_t& factor : factors) {
    if (factor % 3 == 0) {
      factor /= 3;
      break;
    }
  }
  return factors[0] * factors[1] * factors[2];
}

}  // namespace

void PageTally::add(std::uint64_t first_page, std::uint64_t pages) noexcept {
  seen_ += pages;
  sum_ += sum_below(first_page + pages) - sum_below(first_page);
  sum_of_squares_ += sum_of_squares_below(first_page + pages) - sum_of_squares_below(first_page);
}

bool PageTally::is_exactly(std::uint64_t pages) const noexcept {
  return seen_ == pages && sum_ == sum_below(pages) &&
         sum_of_squares_ == sum_of_squares_below(pages);
}

}  // namespace tintype
