// How progress is shown.
#pragma once

#include <cstdint>

namespace tintype {

enum class ProgressMode : std::uint8_t { automatic, bar, lines, none };

}  // namespace tintype
