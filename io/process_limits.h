// When the system refuses a process something, which of its limits that was and what to do. A line
// like "Too many open files" sends an admin looking; the limit's name and size do not.
#pragma once

#include <string>
#include <system_error>

#include "io/result.h"

namespace tintype {

// For EMFILE, ENFILE, EFBIG, ENOMEM: the limit in words; "" for other errors.
[[nodiscard]] std::string limit_hint(int error_number);
// std::thread's word that there are no more threads.
[[nodiscard]] Error thread_error(const std::system_error& error);

}  // namespace tintype
