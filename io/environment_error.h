// Which errors are the machine's: no descriptor, no memory, a call denied, a server gone. Whether
// what was asked about is good or bad is then not known, and nothing may be said of it.
#pragma once

#include "io/result.h"

namespace tintype {

// A medium that does not give its bytes, and bytes that make no sense, are no such thing.
[[nodiscard]] bool is_environment(const Error& error) noexcept;
// The disk, or what this user may take of it, is full.
[[nodiscard]] bool is_out_of_space(int error_number) noexcept;

}  // namespace tintype
