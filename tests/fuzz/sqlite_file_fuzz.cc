// A file that begins like an SQLite database, any bytes. Bit 0 of the first byte: seal page 1
// again, so that the search gets behind its checksum. Read in order or cut into pieces and
// shuffled, the verdict is the same.
#include "io/invariant.h"
#include "support/sqlite_maker.h"
#include "tests/verify/stream_runner.h"
#include "verify/sqlite/sqlite_format.h"

namespace {

using namespace tintype;

std::unique_ptr<StreamCheck> open_check(std::span<const std::byte> file) {
  return sqlite_format()
      .begin_group()
      ->open("fuzz.db", file.size(), file.first(std::min(file.size(), kDatabaseFrontBytes)))
      .check;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > (1 << 19)) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  std::vector<std::byte> file(bytes.begin(), bytes.end());
  if (file.size() > 18) {
    const std::size_t told =
        std::to_integer<std::size_t>(file[16]) << 8 | std::to_integer<std::size_t>(file[17]);
    const std::size_t page_bytes = told == 1 ? 65536 : told;
    if ((data[0] & 1) != 0 && page_bytes >= 512 && page_bytes % 8 == 0 && page_bytes <= file.size())
      test::seal_sqlite_page(std::span(file).first(page_bytes));
  }
  const auto whole = open_check(file);
  const auto pieces = open_check(file);
  invariant((whole == nullptr) == (pieces == nullptr), "the same file, opened and not");
  if (whole == nullptr) return 0;
  const std::string in_order = test::print(test::check_in_order(*whole, file));
  const std::string shuffled =
      test::print(test::check_shuffled(*pieces, file, size, std::size_t{data[size - 1]} % 8));
  invariant(in_order == shuffled, "the verdict depends on the order of the bytes");
  return 0;
}
