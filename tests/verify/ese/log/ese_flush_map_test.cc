#include "verify/ese/log/ese_flush_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/ese_generator.h"
#include "support/samples.h"

namespace tintype {
namespace {

using File = std::vector<std::byte>;
using Verdict = EseFlushMap::Verdict;
constexpr std::size_t kPage = kEseFlushMapPageBytes;
constexpr std::uint64_t kDbtimeMax = 5000;

Signature signature(std::uint32_t random) {
  Signature sign{};
  sign.random = random;
  return sign;
}

EseFlushState state_in_test(std::uint32_t page_number) {
  return static_cast<EseFlushState>((page_number / 3 + page_number) % 4);
}

// Two map pages: 65024 database pages.
File make_map(bool clean = true, std::int32_t needs = 0) {
  File file(3 * kPage);
  FlushMapHeader header{};
  header.version_major = 3;
  header.flags = 0x2000u | (clean ? 1u : 0u);
  header.gen_min_required = needs;
  header.flush_map_header_flush = signature(77);
  header.file_type = static_cast<std::uint32_t>(EseFileType::flush_map);
  std::memcpy(file.data(), &header, sizeof header);
  test::seal_ese_header(std::span(file).first(kPage));
  for (std::uint32_t index = 0; index < 2; ++index) {
    const auto page = std::span(file).subspan((index + 1) * kPage, kPage);
    store_le<std::uint64_t>(page, 8, kDbtimeMax);
    store_le(page, 16, index);
    for (std::uint32_t k = 0; k < 32512; ++k)
      page[64 + k / 4] |= static_cast<std::byte>(
          static_cast<unsigned>(state_in_test(index * 32512 + k)) << (6 - 2 * (k % 4)));
    test::seal_ese_page(page, index);
  }
  return file;
}

TEST(EseFlushMap, TellsTheStateOfEveryPage) {
  const File file = make_map();
  const EseFlushMap map(file);
  EXPECT_TRUE(map.header_is_sound());
  EXPECT_TRUE(map.problems().empty());
  EXPECT_EQ(map.pages().sound, 3u);
  for (std::uint32_t page = 0; page < 65024; ++page)
    ASSERT_EQ(map.state_of(page), state_in_test(page)) << page;
  EXPECT_EQ(map.state_of(65024), EseFlushState::unknown);
}

TEST(EseFlushMap, LostFlushIsADifferenceOfTwoKnownStates) {
  const File file = make_map();
  const EseFlushMap map(file);
  for (std::uint32_t page = 0; page < 100; ++page) {
    const EseFlushState known = state_in_test(page);
    EXPECT_EQ(map.judge(page, known, 100), Verdict::no_finding);
    EXPECT_EQ(map.judge(page, EseFlushState::unknown, 100), Verdict::no_finding);
    for (const EseFlushState other :
         {EseFlushState::rock, EseFlushState::paper, EseFlushState::scissors}) {
      if (other == known) continue;
      const bool blank = known == EseFlushState::unknown;
      EXPECT_EQ(map.judge(page, other, kDbtimeMax),
                blank ? Verdict::no_finding : Verdict::lost_flush);
      EXPECT_EQ(map.judge(page, other, kDbtimeMax + 1),
                blank ? Verdict::no_finding : Verdict::stale_map);
    }
    EXPECT_EQ(map.judge_uninitialised(page),
              known == EseFlushState::unknown ? Verdict::no_finding : Verdict::lost_flush);
  }
}

TEST(EseFlushMap, FlippedBitOfAMapPageIsTakenTheOtherWay) {
  const File sound = make_map();
  for (const std::uint32_t bit : {8u * 8 + 3, 8u * 64 + 1, 8u * 64 + 6, 8u * 5000}) {
    File file = sound;
    file[kPage + bit / 8] ^= std::byte{1} << (bit % 8);
    const EseFlushMap map(file);
    ASSERT_EQ(map.problems().size(), 1u);
    EXPECT_EQ(map.problems()[0].name, "PageCorrectable");
    EXPECT_TRUE(only_warnings(map.problems()));
    for (std::uint32_t page = 0; page < 32512; ++page)
      ASSERT_EQ(map.state_of(page), state_in_test(page)) << bit;
    EXPECT_EQ(map.judge(1, EseFlushState::paper, kDbtimeMax), Verdict::lost_flush);
    EXPECT_EQ(map.judge(1, EseFlushState::paper, kDbtimeMax + 1), Verdict::stale_map);
  }
}

TEST(EseFlushMap, DamagedMapPageKnowsNothing) {
  File file = make_map();
  file[2 * kPage + 100] ^= std::byte{3};
  const EseFlushMap map(file);
  ASSERT_EQ(map.problems().size(), 1u);
  EXPECT_EQ(map.problems()[0].name, "PageCorrupt");
  EXPECT_EQ(map.state_of(1), state_in_test(1));
  EXPECT_EQ(map.state_of(32513), EseFlushState::unknown);
  EXPECT_EQ(map.pages().bad_checksum, 1u);
}

TEST(EseFlushMap, DamagedHeaderKnowsNothing) {
  File file = make_map();
  file[700] ^= std::byte{1};
  const EseFlushMap map(file);
  EXPECT_FALSE(map.header_is_sound());
  EXPECT_EQ(map.problems().at(0).name, "HeaderCorrupt");
  EXPECT_EQ(map.state_of(1), EseFlushState::unknown);
  EXPECT_FALSE(map.matches(DatabaseHeader{}));
}

TEST(EseFlushMap, MatchesByOneSignatureAndByWhatItNeeds) {
  DatabaseHeader database{};
  const File clean_file = make_map();
  const EseFlushMap clean(clean_file);
  EXPECT_FALSE(clean.matches(database));  // unset signatures are no pair
  database.flush_map_header_flush = signature(78);
  EXPECT_FALSE(clean.matches(database));
  database.flush_map_header_flush = signature(77);
  EXPECT_TRUE(clean.matches(database));

  const File dirty_file = make_map(false, 10);
  const EseFlushMap dirty(dirty_file);
  EXPECT_FALSE(dirty.matches(database));
  database.gen_min_required = 10;
  EXPECT_TRUE(dirty.matches(database));
  database.gen_min_required = 11;
  EXPECT_FALSE(dirty.matches(database));
}

TEST(EseFlushMap, FilesOfAnySizeGetAnAnswer) {
  const File file = make_map();
  for (std::size_t size = 0; size <= file.size(); size += 1021) {
    const EseFlushMap map{std::span(file).first(size)};
    EXPECT_EQ(map.header_is_sound(), size >= kPage);
    (void)map.state_of(40000);
  }
}

TEST(EseFlushMap, DescribesItsHeader) {
  const File file = make_map(false, 10);
  EXPECT_THAT(describe(EseFlushMap(file).header()),
              testing::Contains(std::pair<std::string, std::string>("Format Version", "3.0.0")));
}

// Every initialised page of the real pairs agrees with its map.
TEST(EseFlushMapSamples, AgreeWithTheirDatabases) {
  TINTYPE_NEED_SAMPLES(samples);
  for (const char* folder : {"srum-dirty", "srum-clean"}) {
    SCOPED_TRACE(folder);
    const File map_file = test::read_sample(samples / "ese" / folder / "SRUDB.jfm");
    const File database = test::read_sample(samples / "ese" / folder / "SRUDB.dat");
    const EseFlushMap map(map_file);
    EXPECT_TRUE(map.problems().empty());
    const EseHeaderReading header = read_ese_header(std::span(database).first(65536));
    EXPECT_TRUE(map.matches(header.header));
    std::uint32_t compared = 0;
    for (std::uint32_t page = 1; (page + 2ull) * header.page_bytes <= database.size(); ++page) {
      const auto bytes =
          std::span(database).subspan((page + 1) * header.page_bytes, header.page_bytes);
      const auto state = flush_state_of_page(load_le<std::uint32_t>(bytes, 36));
      if (state == EseFlushState::unknown) continue;
      ++compared;
      EXPECT_EQ(map.judge(page, state, load_le<std::uint64_t>(bytes, 8)), Verdict::no_finding);
      EXPECT_EQ(map.state_of(page), state) << page;
    }
    EXPECT_GT(compared, 50u);
  }
}

}  // namespace
}  // namespace tintype
