// A command of the system that a test stands on: where it fails the test has failed, and shows what
// it said.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/temp_dir.h"

namespace tintype::test {

inline void expect_command(const std::string& command) {
  const auto outcome = run_command(command);
  ASSERT_EQ(outcome.exit_code, 0) << command << '\n' << outcome.output;
}

}  // namespace tintype::test
