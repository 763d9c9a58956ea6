#include "verify/ese/ese_error.h"

#include <gtest/gtest.h>

#include "verify/ese/page/ese_findings.h"

namespace tintype {
namespace {

TEST(EseErrorNames, NamesWhatFindingsCarry) {
  EXPECT_EQ(named_ese_error(-501), "JET_errLogFileCorrupt -501");
  EXPECT_EQ(named_ese_error(kErrReadVerifyFailure), "JET_errReadVerifyFailure -1018");
  EXPECT_EQ(ese_error_name(kErrDatabaseCorrupted).meaning, "Non database file or corrupted db");
  // Every number that verify/ puts into a finding.
  for (const int number : {-501, -513, -514, -515, -528,  -530,  -532,  -533,  -539,  -541, -543,
                           -570, -582, -590, -612, -1018, -1118, -1206, -1209, -1213, -1812}) {
    EXPECT_EQ(ese_error_name(number).number, number);
    EXPECT_TRUE(ese_error_name(number).name.starts_with("JET_err")) << number;
    EXPECT_FALSE(ese_error_name(number).meaning.empty()) << number;
  }
}

TEST(EseErrorNames, AnUnknownNumberStaysANumber) {
  EXPECT_EQ(named_ese_error(-7), "-7");
  EXPECT_EQ(ese_error_name(-7).number, -7);
  EXPECT_EQ(ese_error_name(-7).name, "");
}

}  // namespace
}  // namespace tintype
