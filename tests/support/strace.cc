#include "support/strace.h"

#include <filesystem>

namespace tintype::test {

std::optional<std::string> strace_refusal() {
  const CommandOutcome outcome = run_under_strace("-e trace=none", "true");
  if (outcome.exit_code == 0) return std::nullopt;
  return "strace does not work here: " + outcome.output.substr(0, outcome.output.find('\n'));
}

CommandOutcome run_under_strace(const std::string& options, const std::string& command,
                                const std::string& trace_path) {
  // LeakSanitizer cannot work in a traced process.
  return run_command("strace -f -E ASAN_OPTIONS=detect_leaks=0 -o '" + trace_path + "' " + options +
                     " " + command);
}

std::string this_program(const std::string& filter) {
  return "'" + std::filesystem::read_symlink("/proc/self/exe").string() + "' --gtest_filter='" +
         filter + "'";
}

}  // namespace tintype::test
