// SQLite as one of the formats of databases: those whose pages have checksums, kept by its
// extension cksumvfs. Most have none, and nothing can be told of them.
//
// The rules are the extension's own. Checksums are there if each page reserves exactly 8 bytes and
// page 1 fits: every commit writes page 1 anew, so it tells whether the last one kept them. (Other
// extensions reserve 8 bytes too: for them no page fits.) Never a finding is what SQLite itself
// never reads: the page at 1 GiB, where its locks lie, and pages behind the end that the header
// tells.
#pragma once

#include "verify/database_format.h"

namespace tintype {

[[nodiscard]] const DatabaseFormat& sqlite_format() noexcept;

}  // namespace tintype
