#include "tools/text/exit_code.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

// Scripts are built on these numbers: they never change.
TEST(ExitCode, TheTableStands) {
  EXPECT_EQ(static_cast<int>(ExitCode::sound), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::failed), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::usage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::findings), 3);
  EXPECT_EQ(static_cast<int>(ExitCode::damaged), 4);
  EXPECT_EQ(static_cast<int>(ExitCode::unconfirmed), 5);
  EXPECT_EQ(static_cast<int>(ExitCode::hung_up), 129);
  EXPECT_EQ(static_cast<int>(ExitCode::interrupted), 130);
  EXPECT_EQ(static_cast<int>(ExitCode::terminated), 143);
  EXPECT_EQ(kExitCodes.size(), 9u);
  for (const ExitCodeRow& row : kExitCodes) EXPECT_LE(row.meaning.size(), 72u) << row.meaning;
}

TEST(ExitCode, TheWorstOfSeveralCounts) {
  using enum ExitCode;
  EXPECT_EQ(worse_of(sound, sound), sound);
  EXPECT_EQ(worse_of(sound, failed), failed);
  EXPECT_EQ(worse_of(failed, findings), findings);
  EXPECT_EQ(worse_of(damaged, findings), damaged);
  EXPECT_EQ(worse_of(interrupted, damaged), interrupted);
  for (const ExitCodeRow& a : kExitCodes)
    for (const ExitCodeRow& b : kExitCodes) {
      EXPECT_EQ(worse_of(a.code, b.code), worse_of(b.code, a.code));
      EXPECT_EQ(worse_of(a.code, b.code) == sound, a.code == sound && b.code == sound);
    }
}

}  // namespace
}  // namespace tintype
