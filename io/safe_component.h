// Names that came from a volume, as parts of a path.
#pragma once

#include <string>

namespace tintype {

// A name as a path component: no slash, no NUL, not "." or "..", so that a path built from a
// volume's names never leads out of the folder it is extracted to.
[[nodiscard]] std::string safe_component(std::string name);

}  // namespace tintype
