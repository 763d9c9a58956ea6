// What is found of a stream: the first reason of each kind stays, however much is found.
#include "verify/ese/stream/stream_findings.h"

#include <gmock/gmock.h>

namespace tintype {
namespace {

using testing::IsEmpty;

TEST(StreamFindings, OfEachKindTheFirstIsTheReason) {
  StreamFindings findings;
  findings.warn(1, "a warning");
  findings.lose(2, "a loss");
  findings.leave_open("a question");
  findings.fail(FindingKind::state, 3, "a failure");
  findings.lose(2, "another loss");
  findings.leave_open("another question");
  findings.fail(FindingKind::state, 3, "another failure");
  EXPECT_EQ(findings.loss(), "a loss");
  EXPECT_EQ(findings.open_question(), "a question");
  EXPECT_EQ(findings.failure(), "a failure");
  const auto all = findings.take();
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[0].kind, FindingKind::stream_warning);
  EXPECT_EQ(all[2].kind, FindingKind::not_checked);
  EXPECT_EQ(all[6].text, "another failure");
}

TEST(StreamFindings, AFailureIsTheReasonEvenIfItIsNoLongerListed) {
  StreamFindings findings;
  for (std::size_t i = 0; i < FileReport::kFindingsKeptMax + 7; ++i) findings.warn(0, "noise");
  findings.fail(FindingKind::incomplete, -543, "a log is missing");
  EXPECT_EQ(findings.failure(), "a log is missing");
  EXPECT_EQ(findings.take().size(), FileReport::kFindingsKeptMax);
}

TEST(StreamFindings, AFaultOfALogIsWhatThatLogCosts) {
  StreamFindings findings;
  findings.blame_log(LogCost::nothing, -501, "old one", "/E0000000001.log");
  findings.blame_log(LogCost::committed, -501, "late one", "/E0000000009.log");
  EXPECT_THAT(findings.failure(), IsEmpty());
  EXPECT_EQ(findings.loss(), "late one");
  EXPECT_THAT(findings.damaged_log(), IsEmpty()) << "none that replay stops at";
  findings.blame_log(LogCost::required, -501, "needed one", "/E0000000005.log");
  EXPECT_EQ(findings.failure(), "needed one");
  EXPECT_EQ(findings.damaged_log(), "/E0000000005.log");
}

}  // namespace
}  // namespace tintype
