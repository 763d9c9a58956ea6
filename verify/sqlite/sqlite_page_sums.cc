#include "verify/sqlite/sqlite_page_sums.h"

#include <algorithm>

#include "hashing/endian.h"
#include "hashing/zero_block.h"

namespace tintype {
namespace {

// M^n; it is symmetric, so three numbers do: (a b / b c).
struct Steps {
  std::uint32_t a = 1, b = 0, c = 1;

  [[nodiscard]] Steps then(const Steps& m) const noexcept {
    return {a * m.a + b * m.b, a * m.b + b * m.c, b * m.b + c * m.c};
  }
  [[nodiscard]] static Steps over(std::uint32_t pairs) noexcept {
    Steps result, power{1, 1, 2};
    for (; pairs != 0; pairs >>= 1, power = power.then(power))
      if (pairs & 1) result = result.then(power);
    return result;
  }
  [[nodiscard]] SqliteChecksum of(SqliteChecksum sum) const noexcept {
    return {a * sum.s1 + b * sum.s2, b * sum.s1 + c * sum.s2};
  }
};

SqliteChecksum sum_of(std::span<const std::byte> bytes) noexcept {
  SqliteChecksum sum;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    sum.s1 += load_le<std::uint32_t>(bytes, at) + sum.s2;
    sum.s2 += load_le<std::uint32_t>(bytes, at + 4) + sum.s1;
  }
  return sum;
}

}  // namespace

void SqlitePageSums::add(std::uint32_t page_bytes, std::uint32_t byte_offset,
                         std::span<const std::byte> bytes) noexcept {
  bytes_seen += static_cast<std::uint32_t>(bytes.size());
  any_bit_set |= !is_zero(bytes);
  const std::uint32_t summed_bytes = page_bytes - kSqliteChecksumBytes;
  const auto summed = bytes.first(std::min<std::size_t>(bytes.size(), summed_bytes - byte_offset));
  if (bytes.size() > summed.size())
    stored = {load_le<std::uint32_t>(bytes, summed.size()),
              load_le<std::uint32_t>(bytes, summed.size() + 4)};
  const auto end = byte_offset + static_cast<std::uint32_t>(summed.size());
  const SqliteChecksum share = Steps::over((summed_bytes - end) / 8).of(sum_of(summed));
  computed.s1 += share.s1;
  computed.s2 += share.s2;
}

void SqlitePageSums::merge(const SqlitePageSums& other) noexcept {
  computed.s1 += other.computed.s1;
  computed.s2 += other.computed.s2;
  stored.s1 |= other.stored.s1;  // all parts but one have none
  stored.s2 |= other.stored.s2;
  bytes_seen += other.bytes_seen;
  any_bit_set |= other.any_bit_set;
}

}  // namespace tintype
