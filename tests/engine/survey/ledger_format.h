// A format of databases that only tests know. It needs of the seam what PostgreSQL will need and
// neither ESE nor SQLite does: page numbers that go on in the next file, a switch that stands in
// another file, a word that can be said only when all was read, a file that is never a finding.
//
// A ledger is a folder:
//   control.ctl      "checksums" or "no checksums"
//   N.ledger         pages of 1024 bytes, 8 of them; N.ledger.1, N.ledger.2 go on where it ends
//   N.free.ledger    its free space: whatever is in it heals itself
//   end.journal      the first 8 bytes: up to which time everything was written
// A page: its checksum (the sum of its other words, xor its number), 8 bytes of time, content. The
// sum is not kept for parts: the bytes of a cut page are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "verify/database_format.h"

namespace tintype::test {

inline constexpr std::size_t kLedgerPageBytes = 1024;
inline constexpr std::uint64_t kLedgerFilePages = 8;

[[nodiscard]] const DatabaseFormat& ledger_format() noexcept;

// A file of 8 pages, the first of them page `first_number`, all written at `time`.
[[nodiscard]] std::vector<std::byte> make_ledger(std::uint64_t first_number, std::uint64_t time);

}  // namespace tintype::test
