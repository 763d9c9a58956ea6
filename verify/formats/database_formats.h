// The formats of databases that this program knows: a format is registered here and nowhere else.
#pragma once

#include "verify/database_format.h"

namespace tintype {

// In the order in which a file is offered to them. The first is what a file is taken for that the
// user calls a database and that none recognises.
[[nodiscard]] DatabaseFormats database_formats() noexcept;

}  // namespace tintype
