// A file that looks like an SQLite database to whom looks at headers and checksums: random pages,
// the checksum of each written out as its definition says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tintype::test {

struct SqliteSpec {
  std::uint32_t page_bytes = 4096;
  std::uint32_t pages = 40;
  std::uint32_t pages_told = 40;  // by the header; 0 = it does not tell
  std::uint8_t reserved_bytes = 8;
  std::uint64_t seed = 1;
};
[[nodiscard]] std::vector<std::byte> make_sqlite(const SqliteSpec& spec);
// Writes the checksum of one page, which is all of `page`.
void seal_sqlite_page(std::span<std::byte> page);

}  // namespace tintype::test
