// The images that a command's argument names, where it must have been named what set they are from.
#pragma once

#include <string>

#include "engine/repository/repository.h"

namespace tintype {

// REPO::SET, REPO::SET/VOLUME or an image. The newest set is not taken by silence.
[[nodiscard]] Result<ImageSelection> select_named(const std::string& what);
// The same, but the selection must be one image.
[[nodiscard]] Result<ImageSelection> select_one(const std::string& what);

}  // namespace tintype
