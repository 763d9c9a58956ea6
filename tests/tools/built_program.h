// The built program, run as users and scripts run it.
#pragma once

#include <string>
#include <vector>

#include "support/child_program.h"

namespace tintype::test {

struct ProgramOutcome {
  int code = -1;
  std::string out, err;
};

// The command line of the program with these words.
[[nodiscard]] inline std::vector<std::string> program_words(std::vector<std::string> words) {
  words.insert(words.begin(), TINTYPE_PROGRAM);
  return words;
}

inline ProgramOutcome run_program(std::vector<std::string> words) {
  ChildProgram child(program_words(std::move(words)));
  const int code = child.wait();
  return {code, child.out(), child.err()};
}

}  // namespace tintype::test
