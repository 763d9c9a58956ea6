#include "verify/verify_report.h"

#include <gtest/gtest.h>

namespace tintype {
namespace {

TEST(FileReport, CountsAllFindingsAndKeepsTheFirst) {
  FileReport report;
  for (int i = 0; i < 1500; ++i) report.add({.kind = FindingKind::correctable, .page_number = i});
  EXPECT_EQ(report.findings.size(), FileReport::kFindingsKeptMax);
  EXPECT_EQ(report.findings.back().page_number, 999);
  EXPECT_EQ(report.findings_total, 1500u);
  EXPECT_TRUE(report.sound());
}

TEST(FileReport, WarningsDoNotSpoilIt) {
  for (const FindingKind kind :
       {FindingKind::correctable, FindingKind::header_primary, FindingKind::header_shadow}) {
    FileReport report;
    report.add({.kind = kind});
    EXPECT_TRUE(report.sound()) << to_string(kind);
    EXPECT_TRUE(report.checked());
  }
}

TEST(FileReport, EverythingElseDoes) {
  for (const FindingKind kind :
       {FindingKind::bad_checksum, FindingKind::wrong_place, FindingKind::unreadable,
        FindingKind::header_corrupt, FindingKind::incomplete, FindingKind::not_checked,
        FindingKind::state}) {
    FileReport report;
    report.add({.kind = kind});
    EXPECT_FALSE(report.sound()) << to_string(kind);
    EXPECT_EQ(report.checked(),
              kind != FindingKind::incomplete && kind != FindingKind::not_checked);
  }
}

// A finding that is no longer kept still counts.
TEST(FileReport, NotCheckedIsNeverForgotten) {
  FileReport report;
  for (int i = 0; i < 2000; ++i) report.add({.kind = FindingKind::correctable});
  report.add({.kind = FindingKind::not_checked});
  EXPECT_FALSE(report.checked());
  EXPECT_FALSE(report.sound());
}

TEST(FileReport, FewerPagesThanExpectedAreNotSound) {
  FileReport report;
  report.pages_expected = 10;
  report.pages.seen = report.pages.sound = 9;
  EXPECT_FALSE(report.sound());
}

}  // namespace
}  // namespace tintype
