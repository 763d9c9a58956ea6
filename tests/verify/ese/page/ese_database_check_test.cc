#include "verify/ese/page/ese_database_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support/ese_generator.h"
#include "tests/verify/ese/page/check_runner.h"
#include "verify/ese/ese_header.h"

namespace tintype {
namespace {

using test::check_in_order;
using test::check_shuffled;
using test::check_whole;
using test::open_check;
using test::print;
using testing::HasSubstr;
using File = std::vector<std::byte>;

constexpr std::uint32_t kPageSizes[] = {2048, 4096, 8192, 16384, 32768};

File make_file(std::uint32_t page_bytes, std::uint64_t pages = 64, std::uint64_t seed = 1) {
  return test::EseDatabaseGenerator({.file_bytes = pages * page_bytes,
                                     .page_bytes = page_bytes,
                                     .uninitialised_percent = 20,
                                     .seed = seed})
      .whole();
}

// No page is unused, so that damage always hits something.
File make_full_file(std::uint32_t page_bytes, std::uint64_t pages = 64) {
  return test::EseDatabaseGenerator({.file_bytes = pages * page_bytes, .page_bytes = page_bytes})
      .whole();
}

File damaged(File file, std::uint32_t page_bytes, std::initializer_list<const char*> damages) {
  for (const char* damage : damages) test::damage_ese(file, page_bytes, damage);
  return file;
}

class EseDatabaseCheck : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(AllSizes, EseDatabaseCheck, testing::ValuesIn(kPageSizes));

TEST_P(EseDatabaseCheck, SoundDatabaseHasNoFindings) {
  const FileReport report = check_whole(make_file(GetParam()));
  SCOPED_TRACE(print(report));
  EXPECT_TRUE(report.sound());
  EXPECT_TRUE(report.checked());
  EXPECT_EQ(report.findings_total, 0u);
  EXPECT_EQ(report.pages.seen, 64u);
  EXPECT_GT(report.pages.uninitialised, 0u);
  EXPECT_EQ(report.pages.sound + report.pages.uninitialised, 64u);
  EXPECT_EQ(report.format, "ESE database, " + std::to_string(GetParam() / 1024) + " KiB pages");
  EXPECT_EQ(report.state, "Clean Shutdown");
}

TEST_P(EseDatabaseCheck, EachDamageComesOutAsItShould) {
  const std::uint32_t size = GetParam();
  const struct {
    const char* damage;
    PageCounts counts;  // what is added to, or taken from, all pages sound
    std::uint64_t findings, unsound;
  } cases[] = {
      {"badchecksum:33", {.sound = 63, .bad_checksum = 1}, 1, 1},
      {"garbagesector:7", {.sound = 63, .bad_checksum = 1}, 1, 1},
      {"sector-lost:7", {.sound = 63, .bad_checksum = 1}, 1, 1},
      {"flipbit:5", {.sound = 63, .correctable = 1}, 1, 0},
      {"flipbit:62:301", {.sound = 63, .bad_checksum = 1}, 1, 1},
      {"swappages:10:11", {.sound = 62, .bad_checksum = 2}, 2, 2},
      {"zeropage:9", {.sound = 63, .uninitialised = 1}, 0, 0},
      {"trailer", {.sound = 64}, 0, 0},
  };
  for (const auto& [damage, counts, findings, unsound] : cases) {
    const FileReport report = check_whole(damaged(make_full_file(size), size, {damage}));
    SCOPED_TRACE(std::string(damage) + ": " + print(report));
    PageCounts expected = counts;
    expected.seen = 64;
    EXPECT_EQ(report.pages, expected);
    EXPECT_EQ(report.findings_total, findings);
    EXPECT_EQ(report.unsound_total, unsound);
    EXPECT_EQ(report.sound(), unsound == 0);
    EXPECT_TRUE(report.checked());
  }
}

TEST_P(EseDatabaseCheck, PageMarkedAsAnotherIsInTheWrongPlace) {
  const std::uint32_t size = GetParam();
  const FileReport report = check_whole(damaged(make_full_file(size), size, {"wrongpgno:9:20"}));
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  if (size > 8192) {
    EXPECT_EQ(report.pages.wrong_place, 1u);
    EXPECT_EQ(finding.error_number, -1118);
    EXPECT_THAT(finding.text, HasSubstr("marked as page 20"));
  } else {  // a small page has no number but the one in its checksum
    EXPECT_EQ(report.pages.bad_checksum, 1u);
    EXPECT_EQ(finding.error_number, -1018);
    EXPECT_THAT(finding.text, HasSubstr("its checksum fits page 20"));
  }
  EXPECT_FALSE(report.sound());
}

TEST_P(EseDatabaseCheck, CutsAndMergeOrderDoNotShowInTheReport) {
  const std::uint32_t size = GetParam();
  const File file =
      damaged(make_file(size, 200), size,
              {"badchecksum:33", "garbagesector:7", "flipbit:5", "swappages:10:11", "zeropage:9",
               "wrongpgno:70:72", "header-primary", "trailer", "garbagesector:150:0"});
  const std::string expected = print(check_in_order(*open_check(file), file));
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    ASSERT_EQ(print(check_shuffled(*open_check(file), file, seed, 1 + seed * 20)), expected)
        << "seed " << seed;
  ASSERT_EQ(print(check_in_order(*open_check(file), file, 512)), expected);
}

TEST_P(EseDatabaseCheck, DeclaredZerosAreTheSameAsScannedOnes) {
  const std::uint32_t size = GetParam();
  File file = make_full_file(size);
  // From inside page file 10 to inside page file 20: eight whole pages, two that end in zeros.
  const std::size_t from = 10 * size + 1024, to = 20 * size + 512;
  std::fill(file.begin() + static_cast<std::ptrdiff_t>(from),
            file.begin() + static_cast<std::ptrdiff_t>(to), std::byte{0});
  const std::string expected = print(check_whole(file));
  const auto check = open_check(file);
  check->merge_zeros(from, to - from);
  check->merge(*check->scan(to, std::span(file).subspan(to)));
  check->merge(*check->scan(0, std::span(file).first(from)));
  EXPECT_EQ(print(check->finish()), expected);
}

TEST_P(EseDatabaseCheck, UnreadableBytesMakeTheirPagesUnreadable) {
  const std::uint32_t size = GetParam();
  const File file = make_full_file(size);
  const std::size_t from = 10 * size + 1024, to = 12 * size + 512;
  const auto check = open_check(file);
  check->merge(*check->scan(to, std::span(file).subspan(to)));
  check->merge_unreadable(from, to - from);
  check->merge(*check->scan(0, std::span(file).first(from)));
  const FileReport report = check->finish();
  SCOPED_TRACE(print(report));
  EXPECT_EQ(report.pages.unreadable, 3u);
  EXPECT_EQ(report.pages.sound, 61u);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::unreadable);
  EXPECT_EQ(report.findings[0].page_number, 9);
  EXPECT_EQ(report.findings[0].file_offset, 10u * size);
  EXPECT_EQ(report.findings[0].length, 3u * size);
  EXPECT_THAT(report.findings[0].text, HasSubstr("pages 9 to 11"));
  EXPECT_FALSE(report.sound());
  EXPECT_TRUE(report.checked());
}

TEST_P(EseDatabaseCheck, MissingBytesAreIncomplete) {
  const std::uint32_t size = GetParam();
  const File file = make_full_file(size);
  const auto check = open_check(file);
  check->merge(*check->scan(0, std::span(file).first(30 * size + 512)));
  check->merge(*check->scan(33 * size, std::span(file).subspan(33 * size)));
  const FileReport report = check->finish();
  SCOPED_TRACE(print(report));
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::incomplete);
  EXPECT_THAT(report.findings[0].text, HasSubstr("61 of 64 pages seen"));
  EXPECT_THAT(report.findings[0].text, HasSubstr("1 only in part (first: page 29)"));
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.checked());
}

TEST_P(EseDatabaseCheck, PageSeenTwiceInsteadOfAnotherIsIncomplete) {
  const std::uint32_t size = GetParam();
  const File file = make_full_file(size);
  const auto check = open_check(file);
  check->merge(*check->scan(0, std::span(file).first(63 * size)));
  check->merge(*check->scan(5 * size, std::span(file).subspan(5 * size, size)));
  const FileReport report = check->finish();
  EXPECT_EQ(report.pages.seen, 64u);
  EXPECT_FALSE(report.checked());
}

TEST_P(EseDatabaseCheck, BytesBehindTheLastWholePageAreIgnored) {
  const std::uint32_t size = GetParam();
  File file = make_full_file(size);
  file.resize(file.size() + size / 2 + 100, std::byte{0x77});
  const FileReport report = check_whole(file);
  EXPECT_EQ(report.pages_expected, 64u);
  EXPECT_TRUE(report.sound());
}

TEST_P(EseDatabaseCheck, MixedChecksumFormatsAreLegal) {
  const std::uint32_t size = GetParam();
  const File file =
      test::EseDatabaseGenerator(
          {.file_bytes = 100 * size, .page_bytes = size, .checksums = test::EseChecksumKind::mixed})
          .whole();
  EXPECT_TRUE(check_whole(file).sound());
}

// ---- limits ----

TEST(EseDatabaseCheckLimits, HoldTableIsBoundedAndSaysWhatItDropped) {
  const File file = make_full_file(4096, 100);
  EseCheckLimits limits;
  limits.pages_held_max = 10;
  const auto check = open_check(file, limits);
  const auto scan = [&](std::size_t at, std::size_t size) {
    check->merge(*check->scan(at, std::span(file).subspan(at, size)));
  };
  scan(0, 2 * 4096);
  for (std::size_t page = 2; page < 100; ++page) scan(page * 4096, 2048);  // first halves
  for (std::size_t page = 2; page < 100; ++page) scan(page * 4096 + 2048, 2048);
  const FileReport report = check->finish();
  SCOPED_TRACE(print(report));
  EXPECT_FALSE(report.checked());
  EXPECT_FALSE(report.sound());
  ASSERT_GE(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].kind, FindingKind::not_checked);
  EXPECT_EQ(report.findings[1].kind, FindingKind::incomplete);
  EXPECT_EQ(report.pages.bad_checksum, 0u);  // what was dropped is never called bad
}

TEST(EseDatabaseCheckLimits, TheFirstFindingsOfTheFileAreKeptWhateverComesFirst) {
  File file = make_full_file(2048, 1500);
  for (std::int64_t page = 1; page < 1499; ++page)
    test::damage_ese(file, 2048,
                     (page % 2 == 0 ? "badchecksum:" : "flipbit:") + std::to_string(page));
  const FileReport report = check_whole(file);
  EXPECT_EQ(report.findings.size(), FileReport::kFindingsKeptMax);
  EXPECT_EQ(report.findings.front().page_number, 1);
  EXPECT_EQ(report.findings.back().page_number, 1000);
  EXPECT_EQ(report.findings_total, 1498u);
  EXPECT_EQ(report.unsound_total, 749u);
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    ASSERT_EQ(print(check_shuffled(*open_check(file), file, seed, 300)), print(report));
}

TEST(EseDatabaseCheckLimits, HugeHolesCostNothing) {
  const File start = make_full_file(32768, 4);
  constexpr std::uint64_t kFileBytes = std::uint64_t{40} << 40;
  const auto check = open_ese_database_check("huge.edb", kFileBytes, std::span(start).first(65536));
  check->merge(*check->scan(0, start));
  check->merge_zeros(start.size(), (std::uint64_t{20} << 40) - start.size());
  check->merge_unreadable(std::uint64_t{20} << 40, std::uint64_t{20} << 40);
  const FileReport report = check->finish();
  SCOPED_TRACE(print(report));
  EXPECT_TRUE(report.checked());
  EXPECT_EQ(report.pages.seen, kFileBytes / 32768);
  EXPECT_EQ(report.pages.uninitialised, (std::uint64_t{20} << 40) / 32768 - 4);
  EXPECT_EQ(report.pages.unreadable, (std::uint64_t{20} << 40) / 32768);
  EXPECT_EQ(report.findings_total, 1u);
}

TEST(EseDatabaseCheckText, SaysWhereAndWhat) {
  const File file = damaged(make_full_file(32768, 400), 32768, {"badchecksum:345", "flipbit:9:77"});
  const FileReport report = check_whole(file);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_THAT(report.findings[0].text, HasSubstr("page 9 (file offset 327680): checksum mismatch"));
  EXPECT_THAT(report.findings[0].text, HasSubstr("flipped bit 77 explains it"));
  EXPECT_THAT(report.findings[1].text,
              testing::MatchesRegex("page 345 \\(file offset 11337728\\): checksum mismatch, "
                                    "stored 0x[0-9a-f]{16}, computed 0x[0-9a-f]{16}"));
  EXPECT_EQ(report.findings[1].error_number, -1018);
  EXPECT_EQ(report.findings[1].volume_offset, Finding::kNowhere);
}

TEST(EseDatabaseCheckText, PageOfDbtimeIsTheFirstWithTheHighest) {
  const File file = make_full_file(4096, 300);
  const FileReport report = check_whole(file);
  std::uint64_t highest = 0;
  std::int64_t page = 0;
  for (std::size_t i = 2; i < 300; ++i) {
    const auto dbtime = load_le<std::uint64_t>(file, i * 4096 + 8);
    if (dbtime > highest) {
      highest = dbtime;
      page = static_cast<std::int64_t>(i) - 1;
    }
  }
  EXPECT_EQ(report.highest_dbtime, highest);
  EXPECT_EQ(report.highest_dbtime_page, page);
}

}  // namespace
}  // namespace tintype
