// The names in an open folder.
#pragma once

#include <string>
#include <vector>

#include "io/handle.h"
#include "io/result.h"

namespace tintype {

// Without "." and "..", in the order of their bytes. `shown` is the folder's path in messages.
[[nodiscard]] Result<std::vector<std::string>> names_in(const Handle& folder,
                                                        const std::string& shown);

}  // namespace tintype
