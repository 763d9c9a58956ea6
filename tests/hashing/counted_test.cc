#include "hashing/counted.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(Counted, OneIsOneAndAllElseAreMany) {
  EXPECT_EQ(counted(0, "file"), "0 files");
  EXPECT_EQ(counted(1, "file"), "1 file");
  EXPECT_EQ(counted(2, "file"), "2 files");
  EXPECT_EQ(counted(1, "shadow copy", "shadow copies"), "1 shadow copy");
  EXPECT_EQ(counted(11, "shadow copy", "shadow copies"), "11 shadow copies");
  EXPECT_EQ(word_for(1, "is", "are"), "is");
  EXPECT_EQ(word_for(0, "is", "are"), "are");
  EXPECT_EQ(plural_s(1), "");
  EXPECT_EQ(plural_s(1'000'000), "s");
}

}  // namespace
}  // namespace tintype
