#include "verify/ese/ese_header.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

#include "support/ese_generator.h"
#include "support/samples.h"

namespace tintype {
namespace {

using Status = EseHeaderReading::Status;
using File = std::vector<std::byte>;

constexpr std::uint32_t kPageSizes[] = {2048, 4096, 8192, 16384, 32768};

File make_file(std::uint32_t page_bytes, EseState state = EseState::clean_shutdown) {
  return test::EseDatabaseGenerator(
             {.file_bytes = 8 * page_bytes, .page_bytes = page_bytes, .state = state})
      .whole();
}

EseHeaderReading read(const File& file) {
  return read_ese_header(std::span(file).first(std::min<std::size_t>(file.size(), 65536)));
}

// Changes a field in both copies and seals them again.
template <class T>
void set_field(File& file, std::uint32_t page_bytes, std::size_t offset, T value) {
  for (const std::uint32_t at : {0u, page_bytes}) {
    const auto page = std::span(file).subspan(at, page_bytes);
    store_le<T>(page, offset, value);
    test::seal_ese_header(page);
  }
}

class EseHeader : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(AllSizes, EseHeader, testing::ValuesIn(kPageSizes));

TEST_P(EseHeader, SoundHeaderTellsItsPageSizeAndFields) {
  const EseHeaderReading reading = read(make_file(GetParam(), EseState::dirty_shutdown));
  EXPECT_EQ(reading.status, Status::sound);
  EXPECT_EQ(reading.page_bytes, GetParam());
  EXPECT_EQ(reading.header.gen_min_required, 3u);
  EXPECT_EQ(reading.header.gen_max_committed, 5u);
  EXPECT_TRUE(reading.problem.empty());
  EXPECT_EQ(reading.error_number, 0);
  EXPECT_FALSE(reading.is_temporary);
}

TEST_P(EseHeader, PrimaryRulesWhenTheShadowIsBadMissingOrDifferent) {
  File file = make_file(GetParam());
  test::damage_ese(file, GetParam(), "header-shadow");
  EseHeaderReading reading = read(file);
  EXPECT_EQ(reading.status, Status::shadow_bad);
  EXPECT_EQ(reading.page_bytes, GetParam());
  EXPECT_EQ(reading.error_number, -1018);

  file = make_file(GetParam());
  store_le<std::uint32_t>(std::span(file).subspan(GetParam()), 212, 77);  // objidLast
  test::seal_ese_header(std::span(file).subspan(GetParam(), GetParam()));
  reading = read(file);
  EXPECT_EQ(reading.status, Status::shadow_bad);
  EXPECT_NE(reading.header.objid_last, 77u);
  EXPECT_NE(reading.problem.find("differs"), std::string::npos);

  file.resize(GetParam());
  reading = read(file);
  EXPECT_EQ(reading.status, Status::shadow_bad);
  EXPECT_NE(reading.problem.find("missing"), std::string::npos);
}

TEST_P(EseHeader, ShadowIsUsedWhenThePrimaryIsBad) {
  File file = make_file(GetParam());
  test::damage_ese(file, GetParam(), "header-primary");
  const EseHeaderReading reading = read(file);
  EXPECT_EQ(reading.status, Status::primary_bad);
  EXPECT_EQ(reading.page_bytes, GetParam());
  EXPECT_EQ(reading.header.magic, kEseMagic);
  EXPECT_EQ(reading.error_number, -1018);
}

TEST_P(EseHeader, ShadowIsFoundBehindAHeaderOfZeros) {
  File file = make_file(GetParam());
  test::damage_ese(file, GetParam(), "zeropage:-1");
  EXPECT_EQ(read(file).status, Status::primary_bad);
  EXPECT_EQ(read(file).page_bytes, GetParam());
  EXPECT_TRUE(looks_like_ese(std::span(file).first(std::min<std::size_t>(file.size(), 65536))));
}

TEST_P(EseHeader, TwoDamagedCopiesStillProposeThePageSize) {
  File file = make_file(GetParam());
  test::damage_ese(file, GetParam(), "header-both");
  EseHeaderReading reading = read(file);
  EXPECT_EQ(reading.status, Status::corrupt);
  EXPECT_EQ(reading.page_bytes, GetParam());
  EXPECT_EQ(reading.error_number, -1206);
  // The same when only the shadow still shows it.
  test::damage_ese(file, GetParam(), "zeropage:-1");
  EXPECT_EQ(read(file).page_bytes, GetParam());
  test::damage_ese(file, GetParam(), "zeropage:0");
  EXPECT_EQ(read(file).page_bytes, 0u);
}

TEST_P(EseHeader, EveryFlippedBitOfACopyIsSeen) {
  const File file = make_file(GetParam());
  for (std::uint32_t bit = 0; bit < 8 * 748; bit += 7) {
    File damaged = file;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(read(damaged).status, Status::primary_bad) << bit;
    damaged = file;
    damaged[GetParam() + bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(read(damaged).status, Status::shadow_bad) << bit;
  }
}

TEST(EseHeaderReading, RefusesWhatItCannotCheckByName) {
  const struct {
    std::size_t offset;
    std::uint32_t value;
    int error_number;
    const char* words;
  } cases[] = {{8, 0x700, -1209, "version is 0x700"},
               {12, 1, -1812, "attribute 1"},
               {667, 3, -1812, "log file"},
               {667, 7, -1812, "flush map"},
               {667, 99, -1812, "type 99"}};
  for (const auto& [offset, value, error_number, words] : cases) {
    File file = make_file(8192);
    set_field<std::uint32_t>(file, 8192, offset, value);
    const EseHeaderReading reading = read(file);
    EXPECT_EQ(reading.status, Status::refused) << words;
    EXPECT_EQ(reading.error_number, error_number) << words;
    EXPECT_NE(reading.problem.find(words), std::string::npos) << reading.problem;
  }
}

TEST(EseHeaderReading, WithoutItsMagicAHeaderIsNone) {
  File file = make_file(8192);
  set_field<std::uint32_t>(file, 8192, 4, 0x12345678);
  EXPECT_EQ(read(file).status, Status::corrupt);
  EXPECT_EQ(read(file).page_bytes, 8192u);
}

TEST(EseHeaderReading, PageSizeZeroMeans4096AndTypeZeroIsADatabase) {
  File file = make_file(4096);
  set_field<std::uint32_t>(file, 4096, 236, 0);
  set_field<std::uint32_t>(file, 4096, 667, 0);
  EXPECT_EQ(read(file).status, Status::sound);
  EXPECT_EQ(read(file).page_bytes, 4096u);
}

TEST(EseHeaderReading, KnowsTemporaryDatabases) {
  EXPECT_TRUE(read(make_file(4096, EseState::just_created)).is_temporary);
  File file = make_file(4096);
  EXPECT_FALSE(read(file).is_temporary);
  set_field<std::uint32_t>(file, 4096, 667, 5);
  EXPECT_TRUE(read(file).is_temporary);
  EXPECT_EQ(read(file).status, Status::sound);
}

TEST(EseHeaderReading, StatesThatReplayCanRestore) {
  for (std::uint32_t state = 0; state < 12; ++state)
    EXPECT_EQ(restorable_by_replay(static_cast<EseState>(state)),
              state == 2 || state == 3 || state == 7)
        << state;
  EXPECT_EQ(to_string(EseState::dirty_shutdown), "Dirty Shutdown");
  EXPECT_EQ(to_string(static_cast<EseState>(99)), "Illegal");
}

// Unused page, then an old-format page: that adds up to a valid checksum of twice the size.
TEST(EseHeaderReading, IsNotMisledByPagesThatAddUp) {
  test::EseDatabaseSpec spec{
      .file_bytes = 64 * 2048, .page_bytes = 2048, .checksums = test::EseChecksumKind::legacy_xor};
  File file = test::EseDatabaseGenerator(spec).whole();
  test::damage_ese(file, 2048, "zeropage:1");
  EXPECT_EQ(read(file).status, Status::sound);
  test::damage_ese(file, 2048, "header-primary");
  EXPECT_EQ(read(file).status, Status::primary_bad);
  EXPECT_EQ(read(file).page_bytes, 2048u);
}

TEST(EseHeaderReading, LooksLikeEseReadsAsFarAsTheBytesGo) {
  const File file = make_file(32768);
  EXPECT_TRUE(looks_like_ese(std::span(file).first(512)));
  EXPECT_TRUE(looks_like_ese(std::span(file).first(12)));
  EXPECT_FALSE(looks_like_ese(std::span(file).first(11)));
  EXPECT_FALSE(looks_like_ese({}));
  EXPECT_FALSE(looks_like_ese(File(65536)));
}

// Random bytes, random sizes, and a magic with nothing behind it: an answer, never a crash.
TEST(EseHeaderReading, LiesAreAnsweredCalmly) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 100; ++round) {
    File file(random() % 5 == 0 ? random() % 700 : random() % 65537);
    for (std::byte& b : file) b = static_cast<std::byte>(random());
    if (file.size() > 240 && round % 2 == 0) {
      store_le<std::uint32_t>(file, 4, kEseMagic);
      store_le<std::uint32_t>(file, 236, 1u << (random() % 20));
    }
    const EseHeaderReading reading = read_ese_header(file);
    EXPECT_EQ(reading.status, Status::corrupt);
    EXPECT_TRUE(reading.page_bytes == 0 ||
                (reading.page_bytes >= 2048 && reading.page_bytes <= 32768));
    (void)looks_like_ese(file);
    (void)describe(reading.header);
  }
  EXPECT_EQ(read_ese_header({}).status, Status::corrupt);
}

// ---- what eseutil /mh prints ----

std::multimap<std::string, std::string> fields_of(const EseHeaderReading& reading) {
  const auto fields = describe(reading.header);
  return {fields.begin(), fields.end()};
}

TEST(EseHeaderDescription, SaysWhatEseutilSays) {
  EseHeaderReading reading = read(make_file(32768, EseState::dirty_shutdown));
  reading.header.consistent.generation = 0x5C;
  reading.header.consistent.sector = 0x1A;
  reading.header.consistent.byte = 0x2B;
  reading.header.consistent_time = {.second = 26,
                                    .minute = 47,
                                    .hour = 18,
                                    .day = 18,
                                    .month = 3,
                                    .year = 113,
                                    .utc_and_ms = (859 % 128) * 2 + 1,
                                    .ms_high = (859 / 128) * 2};
  reading.header.ecc_fix_success.count = 3;
  const auto fields = fields_of(reading);
  const auto value = [&](const char* name) { return fields.find(name)->second; };
  EXPECT_EQ(value("State"), "Dirty Shutdown");
  EXPECT_EQ(value("Format ulMagic"), "0x89abcdef");
  EXPECT_EQ(value("cbDbPage"), "32768");
  EXPECT_EQ(value("Log Required"), "3-5 (0x3-0x5) [Min. Req. Pre-Redo: 0 (0x0)]");
  EXPECT_EQ(value("Log Committed"), "0-5 (0x0-0x5)");
  EXPECT_EQ(value("Last Detach"), "(0x0,0,0)  00/00/1900 00:00:00.000 LOC");
  EXPECT_EQ(value("Last Consistent"), "(0x5C,1A,2B)  03/18/2013 18:47:26.859 UTC");
  EXPECT_EQ(value("ECC Fix Success Count"), "found (3)");
  EXPECT_EQ(value("ECC Fix Error Count"), "none");
  EXPECT_EQ(value("Shadowed"), "Yes");
  EXPECT_TRUE(value("Log Signature")
                  .starts_with("Create time:03/18/2013 18:47:26.000 Rand:19088743 Computer:"));
  EXPECT_EQ(fields.count("Reseed Count"), 0u);
}

TEST(EseHeaderDescription, OfARealDirtyDatabase) {
  TINTYPE_NEED_SAMPLES(samples);
  const auto reading = read(test::read_sample(samples / "ese" / "srum-dirty" / "SRUDB.dat"));
  ASSERT_EQ(reading.status, Status::sound);
  const auto fields = fields_of(reading);
  EXPECT_EQ(fields.find("Format ulVersion")->second.substr(0, 13), "0x620,200,440");
  EXPECT_EQ(fields.find("State")->second, "Dirty Shutdown");
  EXPECT_EQ(fields.find("Log Required")->second.substr(0, 19), "92-92 (0x5c-0x5c) [");
  EXPECT_EQ(fields.find("Dbid")->second, "1");
}

}  // namespace
}  // namespace tintype
