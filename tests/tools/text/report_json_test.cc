// Golden objects of --json, letter for letter: scripts read them.
#include "tools/text/report_json.h"

#include <gtest/gtest.h>

#include "tools/text/gate_text.h"

namespace tintype {
namespace {

TEST(ReportJson, AFindingTellsItsErrorBeforeItsPlace) {
  EXPECT_EQ(
      to_json(Finding{.kind = FindingKind::correctable,
                      .error_number = -1018,
                      .text = "one flipped bit",
                      .page_number = -1,
                      .file_offset = 8,
                      .length = 4096,
                      .bit = 5021,
                      .volume_offset = 16})
          .str(),
      R"({"kind":"correctable","warning":true,"text":"one flipped bit","error":-1018,)"
      R"("error_name":"JET_errReadVerifyFailure","page_number":-1,"file_offset":8,"length":4096,)"
      R"("bit":5021,"volume_offset":16})");
  EXPECT_EQ(to_json(Finding{.kind = FindingKind::bad_checksum, .error_number = -1018}).str(),
            R"({"kind":"bad_checksum","warning":false,"text":"","error":-1018,)"
            R"("error_name":"JET_errReadVerifyFailure","event":474})");
  EXPECT_EQ(to_json(Finding{.kind = FindingKind::not_checked, .text = "sparse\r\x7F"}).str(),
            R"({"kind":"not_checked","warning":false,"text":"sparse\u000d\u007f"})");
}

TEST(ReportJson, UnreadableBytesTellOfTheirFileIfTheyAreInOne) {
  EXPECT_EQ(to_json(UnreadableRange{.range = {4096, 512}, .path = "/a", .file_offset = 8}).str(),
            R"({"volume_offset":4096,"length":512,"path":"/a","file_offset":8})");
  EXPECT_EQ(to_json(UnreadableRange{.range = {4096, 512}}).str(),
            R"({"volume_offset":4096,"length":512})");
}

TEST(ReportJson, AFolderProblemIsAPathAndWhatIsWrongWithIt) {
  EXPECT_EQ(to_json(FolderProblem{.path = "/x", .what = "gone"}).str(),
            R"({"path":"/x","text":"gone"})");
}

TEST(ReportJson, AGateTellsFirstOfWhichStreamItIs) {
  const GateRecord gate{.base = "E00",
                        .volume = "D",
                        .log_folder = "/Logs",
                        .preconditions = {{.name = "checkpoint", .met = true, .why = "7"},
                                          {.name = "read back", .why = "it was not"}},
                        .truncate_from = 1,
                        .truncate_below = 4,
                        .limit = "the checkpoint",
                        .summary = "may not go",
                        .event = 224};
  const auto gates = gates_json({&gate, 1});
  ASSERT_EQ(gates.size(), 1u);
  EXPECT_EQ(gates[0].str(),
            R"({"base":"E00","volume":"D","log_folder":"/Logs","open":false,"event":224,)"
            R"("truncate_from":1,"truncate_below":4,"summary":"may not go","preconditions":[)"
            R"({"name":"checkpoint","met":true,"why":"7"},)"
            R"({"name":"read back","met":false,"why":"it was not"}]})");
}

}  // namespace
}  // namespace tintype
