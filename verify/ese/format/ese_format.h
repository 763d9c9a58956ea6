// ESE as one of the formats of databases.
#pragma once

#include "verify/database_format.h"

namespace tintype {

[[nodiscard]] const DatabaseFormat& ese_format() noexcept;
// Whether the report is of an ESE file: eseutil's words and numbers are for those.
[[nodiscard]] bool is_ese(const FileReport& report) noexcept;

}  // namespace tintype
