#include "support/sqlite_maker.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace tintype::test {
namespace {

std::uint32_t word_at(std::span<const std::byte> page, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 4; i-- > 0;) word = word << 8 | std::to_integer<std::uint32_t>(page[at + i]);
  return word;
}

void put(std::span<std::byte> bytes, std::size_t at, std::uint64_t value, std::size_t length,
         bool big_endian) {
  for (std::size_t i = 0; i < length; ++i)
    bytes[at + (big_endian ? length - 1 - i : i)] = static_cast<std::byte>(value >> 8 * i);
}

}  // namespace

void seal_sqlite_page(std::span<std::byte> page) {
  std::uint32_t s1 = 0, s2 = 0;
  for (std::size_t at = 0; at < page.size() - 8; at += 8) {
    s1 = s1 + s2 + word_at(page, at);
    s2 = s2 + s1 + word_at(page, at + 4);
  }
  put(page, page.size() - 8, s1, 4, false);
  put(page, page.size() - 4, s2, 4, false);
}

std::vector<std::byte> make_sqlite(const SqliteSpec& spec) {
  std::vector<std::byte> file(std::size_t{spec.page_bytes} * spec.pages);
  std::mt19937_64 random(spec.seed);
  std::ranges::generate(file, [&] { return static_cast<std::byte>(random()); });
  std::memcpy(file.data(), "SQLite format 3", 16);
  put(file, 16, spec.page_bytes == 65536 ? 1 : spec.page_bytes, 2, true);
  put(file, 20, spec.reserved_bytes, 1, true);
  put(file, 24, 7, 4, true);
  put(file, 28, spec.pages_told, 4, true);
  put(file, 92, spec.pages_told == 0 ? 6 : 7, 4, true);
  if (spec.reserved_bytes == 8)
    for (std::size_t at = 0; at < file.size(); at += spec.page_bytes)
      seal_sqlite_page(std::span(file).subspan(at, spec.page_bytes));
  return file;
}

}  // namespace tintype::test
