// What the system says of threads before they are started: oneTBB ends the program if it is refused
// one.
#pragma once

#include <cstdint>

namespace tintype {

// How many of `wanted` more threads the system would start now, which limits of processes and of
// memory decide. Found by starting them.
[[nodiscard]] unsigned startable_threads(unsigned wanted);

// Which process this is: threads do not follow a fork.
[[nodiscard]] std::uint64_t process_number() noexcept;

}  // namespace tintype
