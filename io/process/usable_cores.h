// How much of the machine this process may compute with.
#pragma once

namespace tintype {

// Processors this process may run on, at least 1.
[[nodiscard]] unsigned usable_cores() noexcept;

}  // namespace tintype
