#include "verify/sqlite/sqlite_format.h"

#include <gmock/gmock.h>

#include "support/samples.h"
#include "support/sqlite_maker.h"
#include "tests/verify/stream_runner.h"
#include "verify/sqlite/sqlite_page_sums.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;
using Kind = OpenedDatabase::Kind;

OpenedDatabase open(std::span<const std::byte> file) {
  return sqlite_format().begin_group()->open(
      "test.db", file.size(), file.first(std::min(file.size(), kDatabaseFrontBytes)));
}

FileReport check(std::span<const std::byte> file) {
  OpenedDatabase opened = open(file);
  EXPECT_EQ(opened.kind, Kind::checked) << opened.why;
  return opened.check == nullptr ? FileReport{} : test::check_in_order(*opened.check, file);
}

TEST(SqliteFormat, SamplesComeOutAsTheirReadmeSays) {
  TINTYPE_NEED_SAMPLES(samples);
  const FileReport good = check(test::read_sample(samples / "sqlite/good.db.gz"));
  EXPECT_TRUE(good.sound());
  EXPECT_EQ(good.format, "SQLite database, 4 KiB pages");
  EXPECT_EQ(good.pages_expected, 111u);
  EXPECT_EQ(good.pages.sound, 111u);

  const FileReport bad = check(test::read_sample(samples / "sqlite/bad.db.gz"));
  EXPECT_FALSE(bad.sound());
  EXPECT_EQ(bad.pages.sound, 110u);
  EXPECT_EQ(bad.pages.bad_checksum, 1u);
  ASSERT_EQ(bad.findings.size(), 1u);
  EXPECT_EQ(bad.findings[0].page_number, 51);
  EXPECT_EQ(bad.findings[0].file_offset, 50u * 4096);
  EXPECT_EQ(bad.findings[0].length, 4096u);

  const OpenedDatabase none = open(test::read_sample(samples / "sqlite/none.db.gz"));
  EXPECT_EQ(none.kind, Kind::without_checksums);
  EXPECT_THAT(none.why, HasSubstr("reserve 0 bytes"));
  const OpenedDatabase reserved = open(test::read_sample(samples / "sqlite/reserved.db.gz"));
  EXPECT_EQ(reserved.kind, Kind::without_checksums);
  EXPECT_THAT(reserved.why, HasSubstr("page 1 does not fit"));
}

TEST(SqliteFormat, AFindingTellsBothSums) {
  Bytes file = test::make_sqlite({});
  const std::size_t at = 6 * 4096;
  std::fill_n(file.begin() + at, 4096, std::byte{});
  file[at + 4] = std::byte{1};  // the second word of the first pair: M^510 (0, 1) follows
  file[at + 4088] = std::byte{0xAB};
  const FileReport report = check(file);
  ASSERT_EQ(report.findings.size(), 1u);
  // 511 pairs: s2 = F(1021), s1 = F(1020) modulo 2^32, Fibonacci's numbers.
  std::uint32_t f = 0, next = 1;
  for (int i = 0; i < 1020; ++i) std::swap(f += next, next);
  char sums[64];
  std::snprintf(sums, sizeof sums, "stored 0x000000ab00000000, computed 0x%08x%08x", f, next);
  EXPECT_EQ(report.findings[0].text,
            std::string("page 7 (file offset 24576): checksum mismatch, ") + sums);
}

TEST(SqliteFormat, EveryByteOfAPageCounts) {
  const Bytes file = test::make_sqlite({.page_bytes = 512, .pages = 3, .pages_told = 3});
  EXPECT_TRUE(check(file).sound());
  for (std::size_t at = 512; at < 1024; ++at) {
    Bytes damaged = file;
    damaged[at] ^= std::byte{0x10};
    const FileReport report = check(damaged);
    EXPECT_EQ(report.pages.bad_checksum, 1u) << at;
    EXPECT_EQ(report.pages.sound, 2u) << at;
  }
}

TEST(SqliteFormat, APageCutAtAnyPlaceIsJudgedAsAWholeOne) {
  for (const std::uint32_t page_bytes : {512u, 1024u, 4096u, 65536u}) {
    Bytes file = test::make_sqlite({.page_bytes = page_bytes, .pages = 5, .pages_told = 5});
    file[2 * page_bytes + 77] ^= std::byte{1};
    std::fill_n(file.begin() + 3 * page_bytes, page_bytes, std::byte{});
    const std::string whole = test::print(check(file));
    EXPECT_THAT(whole, HasSubstr("sound 3 uninitialised 1 correctable 0 bad 1"));
    for (std::size_t cut = 512; cut < file.size(); cut += 512) {
      for (const bool reversed : {false, true}) {
        OpenedDatabase opened = open(file);
        const auto head = opened.check->scan(0, std::span(file).first(cut));
        const auto tail = opened.check->scan(cut, std::span(file).subspan(cut));
        opened.check->merge(reversed ? *tail : *head);
        opened.check->merge(reversed ? *head : *tail);
        EXPECT_EQ(test::print(opened.check->finish()), whole) << page_bytes << " cut at " << cut;
      }
    }
    for (std::uint64_t seed = 0; seed < 50; ++seed)
      EXPECT_EQ(test::print(test::check_shuffled(*open(file).check, file, seed, 60)), whole);
  }
}

TEST(SqliteFormat, DeclaredZerosAndUnreadableBytesAreTheirPages) {
  const Bytes file = test::make_sqlite({.pages = 10, .pages_told = 10});
  const auto opened = open(file);
  StreamCheck& check = *opened.check;
  check.merge(*check.scan(0, std::span(file).first(3 * 4096 + 512)));
  check.merge_unreadable(3 * 4096 + 512, 512);
  check.merge(*check.scan(3 * 4096 + 1024, std::span(file).subspan(3 * 4096 + 1024, 7168)));
  check.merge_zeros(5 * 4096, 2 * 4096);
  check.merge(*check.scan(7 * 4096, std::span(file).subspan(7 * 4096)));
  const FileReport report = check.finish();
  EXPECT_EQ(report.pages.sound, 7u);
  EXPECT_EQ(report.pages.uninitialised, 2u);
  EXPECT_EQ(report.pages.unreadable, 1u);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].text, "page 4 (file offset 12288): not readable");
}

TEST(SqliteFormat, BytesThatWereNeverSeenAreAFinding) {
  const Bytes file = test::make_sqlite({.pages = 10, .pages_told = 10});
  const auto opened = open(file);
  opened.check->merge(*opened.check->scan(0, std::span(file).first(9 * 4096 + 512)));
  const FileReport report = opened.check->finish();
  EXPECT_FALSE(report.sound());
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].text, "9 of 10 pages seen, 1 only in part");
}

TEST(SqliteFormat, OnePageIsAWholeDatabase) {
  const Bytes file = test::make_sqlite({.page_bytes = 65536, .pages = 1, .pages_told = 1});
  EXPECT_TRUE(check(file).sound());
  EXPECT_EQ(check(file).format, "SQLite database, 64 KiB pages");
  Bytes damaged = file;
  damaged[5000] ^= std::byte{1};
  EXPECT_EQ(open(damaged).kind, Kind::without_checksums);
}

// The lock page: SQLite locks its bytes and never reads or writes them.
TEST(SqliteFormat, ThePageAt1GibIsNeverAFinding) {
  const Bytes file = test::make_sqlite({.page_bytes = 65536, .pages = 3, .pages_told = 20000});
  const Bytes garbage(65536, std::byte{0x5A});
  constexpr std::uint64_t kFileBytes = std::uint64_t{20000} * 65536;
  for (const std::uint64_t page : {16383u, 16384u, 16385u}) {
    const auto opened =
        sqlite_format().begin_group()->open("big.db", kFileBytes, std::span(file).first(65536));
    opened.check->merge(*opened.check->scan(0, file));
    opened.check->merge_zeros(file.size(), page * 65536 - file.size());
    opened.check->merge(*opened.check->scan(page * 65536, garbage));
    opened.check->merge_zeros((page + 1) * 65536, kFileBytes - (page + 1) * 65536);
    const FileReport report = opened.check->finish();
    EXPECT_EQ(report.pages.seen, 20000u);
    EXPECT_EQ(report.pages.bad_checksum, page == 16384 ? 0u : 1u) << page;
    EXPECT_EQ(report.sound(), page == 16384) << page;
  }
}

TEST(SqliteFormat, PagesBehindTheEndThatTheHeaderTellsAreNeverAFinding) {
  Bytes file = test::make_sqlite({.pages = 12, .pages_told = 10});
  file[11 * 4096] ^= std::byte{1};
  const FileReport report = check(file);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.pages.sound, 11u);
  EXPECT_EQ(report.pages.uninitialised, 1u);
  // A header that does not tell leaves every page to be judged.
  Bytes untold = test::make_sqlite({.pages = 12, .pages_told = 0});
  untold[11 * 4096] ^= std::byte{1};
  EXPECT_EQ(check(untold).pages.bad_checksum, 1u);
}

TEST(SqliteFormat, AFileThatEndsEarlyIsIncomplete) {
  const Bytes file = test::make_sqlite({.pages = 10, .pages_told = 10});
  for (const std::size_t bytes : {9u * 4096, 9u * 4096 + 512, 2u * 4096, 4096u}) {
    const FileReport report = check(std::span(file).first(bytes));
    EXPECT_FALSE(report.sound()) << bytes;
    EXPECT_FALSE(report.checked()) << bytes;
    EXPECT_THAT(report.findings.at(0).text, HasSubstr("of the 10 pages that its header tells"));
  }
  const FileReport stub = check(std::span(file).first(1024));
  EXPECT_EQ(stub.findings.at(0).text, "the file ends within page 1");
  EXPECT_FALSE(stub.sound());
  const Bytes untold = test::make_sqlite({.pages = 10, .pages_told = 0});
  EXPECT_TRUE(check(std::span(untold).first(9 * 4096)).sound());
  EXPECT_EQ(check(std::span(untold).first(9 * 4096 + 512)).findings.at(0).text,
            "the file ends within page 10");
  for (const std::size_t bytes : {16u, 20u, 21u, 99u})
    EXPECT_EQ(open(std::span(file).first(bytes)).kind, Kind::without_checksums) << bytes;
}

TEST(SqliteFormat, AHeaderThatLiesAboutThePageSizeIsAFinding) {
  for (const unsigned lie : {0u, 3u, 256u, 513u, 4095u, 0x8001u, 0xFFFFu}) {
    Bytes file = test::make_sqlite({});
    file[16] = static_cast<std::byte>(lie >> 8);
    file[17] = static_cast<std::byte>(lie);
    const FileReport report = check(file);
    EXPECT_FALSE(report.checked()) << lie;
    EXPECT_EQ(report.findings.at(0).text,
              "not checked: its header tells pages of " + std::to_string(lie) + " bytes");
  }
  // A size that is one, but not this database's: nothing fits, as in a database without checksums.
  Bytes file = test::make_sqlite({});
  file[16] = std::byte{0x20};
  EXPECT_EQ(open(file).kind, Kind::without_checksums);
}

TEST(SqliteFormat, OtherReservesKeepNoChecksums) {
  for (const std::uint8_t reserved : std::initializer_list<std::uint8_t>{0, 4, 7, 9, 12, 255})
    EXPECT_EQ(open(test::make_sqlite({.reserved_bytes = reserved})).kind, Kind::without_checksums);
}

TEST(SqliteFormat, AFirstPageThatDoesNotFitAmongOthersThatDoIsNotPassedBy) {
  Bytes file = test::make_sqlite({});
  file[200] ^= std::byte{1};
  const FileReport report = check(file);
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.checked());
  EXPECT_THAT(report.findings.at(0).text, HasSubstr("page 1 does not fit its checksum"));
  // Pages of zeros fit anything.
  std::fill(file.begin() + 4096, file.end(), std::byte{});
  EXPECT_EQ(open(file).kind, Kind::without_checksums);
}

TEST(SqliteFormat, IsToldByContent) {
  const Bytes file = test::make_sqlite({});
  EXPECT_TRUE(sqlite_format().recognises("/home/places", file));
  EXPECT_FALSE(sqlite_format().recognises("/home/places.sqlite", {}));
  Bytes other = file;
  other[15] = std::byte{'x'};
  EXPECT_FALSE(sqlite_format().recognises("/home/places.sqlite", other));
  EXPECT_FALSE(sqlite_format().recognises("/a.db", std::span(file).first(15)));
}

}  // namespace
}  // namespace tintype
