// What the headers of a database do to its report, at opening and in the stream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ese_generator.h"
#include "tests/verify/ese/page/check_runner.h"
#include "verify/ese/ese_header.h"
#include "verify/ese/page/ese_database_check.h"

namespace tintype {
namespace {

using test::check_in_order;
using test::check_whole;
using test::open_check;
using test::print;
using testing::HasSubstr;
using File = std::vector<std::byte>;

// No page is unused, so that damage always hits something.
File make_full_file(std::uint32_t page_bytes, std::uint64_t pages = 64) {
  return test::EseDatabaseGenerator({.file_bytes = pages * page_bytes, .page_bytes = page_bytes})
      .whole();
}

File damaged(File file, std::uint32_t page_bytes, std::initializer_list<const char*> damages) {
  for (const char* damage : damages) test::damage_ese(file, page_bytes, damage);
  return file;
}

TEST(EseDatabaseCheckHeaders, OneDamagedCopyIsAWarningTwoAreNot) {
  const File sound = make_full_file(8192);
  FileReport report = check_whole(damaged(sound, 8192, {"header-primary"}));
  SCOPED_TRACE(print(report));
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::header_primary);
  EXPECT_EQ(report.findings[0].page_number, -1);
  EXPECT_EQ(report.pages.bad_checksum, 1u);
  EXPECT_TRUE(report.sound());

  report = check_whole(damaged(sound, 8192, {"header-shadow"}));
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::header_shadow);
  EXPECT_EQ(report.findings[0].file_offset, 8192u);
  EXPECT_TRUE(report.sound());

  report = check_whole(damaged(sound, 8192, {"header-both", "flipbit:20"}));
  ASSERT_EQ(report.findings.size(), 2u);  // the pages are checked all the same
  EXPECT_EQ(report.findings[0].kind, FindingKind::header_corrupt);
  EXPECT_EQ(report.findings[0].error_number, -1206);
  EXPECT_EQ(report.findings[1].kind, FindingKind::correctable);
  EXPECT_EQ(report.pages.seen, 64u);
  EXPECT_FALSE(report.sound());
}

TEST(EseDatabaseCheckHeaders, WithoutOpeningTheStreamDecides) {
  const File sound = make_full_file(4096);
  const auto run = [&](const File& file) {
    const auto check =
        make_ese_database_check("x", {.file_bytes = file.size(), .page_bytes = 4096});
    return check_in_order(*check, file);
  };
  EXPECT_EQ(run(sound).findings_total, 0u);
  EXPECT_EQ(run(damaged(sound, 4096, {"header-primary"})).findings.at(0).kind,
            FindingKind::header_primary);
  EXPECT_EQ(run(damaged(sound, 4096, {"header-shadow"})).findings.at(0).kind,
            FindingKind::header_shadow);
  const FileReport both = run(damaged(sound, 4096, {"header-both"}));
  EXPECT_EQ(both.findings.at(0).kind, FindingKind::header_corrupt);
  EXPECT_EQ(both.findings_total, 1u);
  EXPECT_EQ(run(damaged(sound, 4096, {"zeropage:-1", "zeropage:0"})).findings.at(0).kind,
            FindingKind::header_corrupt);
}

TEST(EseDatabaseCheckHeaders, HeaderThatWasSoundWhenOpenedAndIsBadInTheStreamIsUnsound) {
  const File opened = make_full_file(4096);
  for (const char* damage : {"header-primary", "header-shadow", "zeropage:0"}) {
    const File streamed = damaged(opened, 4096, {damage});
    const auto check = open_check(opened);
    const FileReport report = check_in_order(*check, streamed);
    SCOPED_TRACE(print(report));
    EXPECT_EQ(report.findings_total, 1u);
    EXPECT_EQ(report.findings.at(0).kind, FindingKind::bad_checksum);
    EXPECT_THAT(report.findings.at(0).text, HasSubstr("was sound when the database was opened"));
    EXPECT_FALSE(report.sound());
  }
}

TEST(EseDatabaseCheckHeaders, DeclaredHeaderPagesAreJudgedToo) {
  const File file = make_full_file(4096);
  const auto check = open_check(file);
  check->merge_zeros(0, 4096);
  check->merge_unreadable(4096, 4096);
  check->merge(*check->scan(8192, std::span(file).subspan(8192)));
  const FileReport report = check->finish();
  SCOPED_TRACE(print(report));
  EXPECT_EQ(report.pages.uninitialised, 1u);
  EXPECT_EQ(report.pages.unreadable, 1u);
  EXPECT_EQ(report.findings_total, 2u);
  EXPECT_FALSE(report.sound());
}

TEST(EseDatabaseCheckHeaders, StatesThatReplayCannotRestoreAreFindings) {
  for (const EseState state :
       {EseState::dirty_shutdown, EseState::clean_shutdown, EseState::dirty_and_patched,
        EseState::incremental_reseed, EseState::revert_in_progress, EseState::being_converted}) {
    const File file =
        test::EseDatabaseGenerator({.file_bytes = 1 << 20, .page_bytes = 4096, .state = state})
            .whole();
    const FileReport report = check_whole(file);
    EXPECT_EQ(report.state, to_string(state));
    EXPECT_EQ(report.sound(), restorable_by_replay(state)) << print(report);
    if (!restorable_by_replay(state)) {
      EXPECT_EQ(report.findings.at(0).kind, FindingKind::state);
    }
  }
}

TEST(EseDatabaseCheckHeaders, WhatCannotBeCheckedSaysSo) {
  const File garbage(100000, std::byte{0x42});
  const FileReport report = check_whole(garbage);
  SCOPED_TRACE(print(report));
  EXPECT_FALSE(report.checked());
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(report.findings.at(0).kind, FindingKind::header_corrupt);
  EXPECT_EQ(report.findings.at(1).kind, FindingKind::not_checked);

  File newer = make_full_file(4096);
  for (const std::size_t at : {0u, 4096u}) {
    store_le<std::uint32_t>(std::span(newer).subspan(at), 8, 0x700);
    test::seal_ese_header(std::span(newer).subspan(at, 4096));
  }
  const FileReport refused = check_whole(newer);
  EXPECT_EQ(refused.findings.at(0).kind, FindingKind::not_checked);
  EXPECT_EQ(refused.findings.at(0).error_number, -1209);
  EXPECT_FALSE(refused.sound());
}

TEST(EseDatabaseCheckHeaders, FilesOfAnySizeGetAnAnswer) {
  const File file = make_full_file(4096, 4);
  for (std::size_t size = 0; size <= file.size(); size += size < 2048 ? 97 : 1024) {
    const File cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    const FileReport report = check_whole(cut);
    EXPECT_EQ(report.sound(), size >= 4096) << size << print(report);
    EXPECT_EQ(report.pages.seen, size >= 4096 ? size / 4096 : 0) << size;
  }
}

}  // namespace
}  // namespace tintype
