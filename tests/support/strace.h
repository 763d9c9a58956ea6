// Runs a command under strace: to see its system calls in order, or to make one of them fail.
#pragma once

#include <optional>
#include <string>

#include "support/temp_dir.h"

namespace tintype::test {

// Why it cannot be done here, as the message to skip a test with.
[[nodiscard]] std::optional<std::string> strace_refusal();
// strace's own lines go to `trace_path`; "/dev/null" if only the command matters.
[[nodiscard]] CommandOutcome run_under_strace(const std::string& options,
                                              const std::string& command,
                                              const std::string& trace_path = "/dev/null");
// The running test program, for the tests that match `filter`.
[[nodiscard]] std::string this_program(const std::string& filter);

}  // namespace tintype::test
