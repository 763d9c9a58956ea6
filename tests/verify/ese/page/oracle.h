// The independent checker of the format facts, as a program: `esecheck.py`, beside the samples.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>

#include "support/samples.h"
#include "support/temp_dir.h"

namespace tintype::test {

// The number behind " key=" in a line; 0 if there is none.
inline std::uint64_t number_after(const std::string& line, const std::string& key) {
  const auto at = line.find(" " + key + "=");
  return at == std::string::npos ? 0 : std::stoull(line.substr(at + key.size() + 2));
}

// The lines the oracle prints, by file name; `kind` is "LOG", "CHK" or "JFM".
inline std::map<std::string, std::string> lines_of(const std::string& output,
                                                   const std::string& kind) {
  std::map<std::string, std::string> found;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(kind + " ")) found[line.substr(4, line.find(' ', 4) - 4)] = line;
  return found;
}

inline bool contains(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

}  // namespace tintype::test

// Declares `oracle`, the command, or ends the test.
#define TINTYPE_NEED_ORACLE(samples, oracle)                                            \
  TINTYPE_NEED_SAMPLES(samples);                                                        \
  const std::string oracle =                                                            \
      "/usr/bin/python3 " + (samples.parent_path() / "tools" / "esecheck.py").string(); \
  if (test::run_command(oracle + " --kat").exit_code != 0) {                            \
    if (test::samples_required()) FAIL() << "the oracle does not run: " << oracle;      \
    GTEST_SKIP() << "the oracle does not run (it needs numpy)";                         \
  }
