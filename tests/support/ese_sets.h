// Folders with several databases and the log streams they belong to, as a mail server has them.
#pragma once

#include <cstdint>
#include <string>

namespace tintype::test {

// Into FOLDER:
//   Mailbox/DB1.edb    dirty, needs generations 3 to 5 of E00
//   Mailbox/DB2.edb    dirty, needs 2 to 6 of E00
//   Clean/DB3.edb      shut down clean, of E00
//   Second/DB4.edb     dirty, needs 8 to 9 of E01; 9 is its current log
//   Logs/E0000000001.log … 6, E00.log (7), E00.chk (at 2: for DB2)
//   Second/E0100000006.log … 8, E01.log (9), E01.chk (at 8)
// The streams have signatures of their own. Each database is of `database_bytes`.
void make_ese_sets(const std::string& folder, std::uint64_t database_bytes);

}  // namespace tintype::test
