// The verdicts of sections 3.2 to 3.7 of the format, and the known answers of Microsoft's own
// tests (section 3.10).
#include "verify/ese/page/ese_page_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/ese_generator.h"

namespace tintype {
namespace {

using test::EseChecksumKind;
using Page = std::vector<std::byte>;

constexpr std::uint32_t kPageSizes[] = {2048, 4096, 8192, 16384, 32768};
constexpr std::uint32_t kPageNumber = 5;

EsePageSums sums_of(std::span<const std::byte> page) {
  EsePageSums sums;
  sums.add(static_cast<std::uint32_t>(page.size()), 0, page);
  return sums;
}

EsePageResult judge(std::span<const std::byte> page, std::uint32_t page_number = kPageNumber) {
  return judge_ese_page(sums_of(page), static_cast<std::uint32_t>(page.size()), page_number);
}

Page make_page(std::uint32_t page_bytes, EseChecksumKind kind = EseChecksumKind::ecc,
               std::uint32_t page_number = kPageNumber) {
  Page page(page_bytes);
  test::EseDatabaseGenerator(
      {.file_bytes = 64 * page_bytes, .page_bytes = page_bytes, .checksums = kind})
      .make_page(page_number + 1, page);
  return page;
}

void flip(Page& page, std::uint32_t bit) {
  page[bit / 8] ^= std::byte{1} << (bit % 8);
}

std::uint32_t block_bits(const Page& page) {
  return static_cast<std::uint32_t>(page.size() <= 8192 ? page.size() : page.size() / 4) * 8;
}

// ---- known answers ----

Page pattern_page(std::size_t bytes) {
  Page page(bytes);
  for (std::size_t i = 0; i < bytes; ++i) page[i] = static_cast<std::byte>(i + i / 13);
  store_le<std::uint32_t>(page, 36, load_le<std::uint32_t>(page, 36) | 0x2000);
  return page;
}

// The codes of blocks of 1-8 KiB that make up the page, the first one without its own checksum.
std::vector<std::uint64_t> codes_of(const Page& page, std::uint32_t page_number,
                                    std::vector<std::uint32_t> blocks) {
  std::vector<std::uint64_t> codes;
  std::size_t at = 0;
  for (const std::uint32_t bytes : blocks) {
    EseBlockCode code = ese_block_code(std::span(page).subspan(at, bytes));
    if (at == 0) code ^= ese_code_of_checksum(load_le<std::uint64_t>(page, 0));
    codes.push_back(ese_stored_code(code, bytes, page_number));
    at += bytes;
  }
  return codes;
}

void store_codes(Page& page, const std::vector<std::uint64_t>& codes) {
  store_le(std::span(page), 0, codes[0]);
  for (std::size_t i = 1; i < 4; ++i) store_le(std::span(page), 32 + 8 * i, codes[i]);
}

TEST(EseKnownAnswers, SmallPage) {
  Page page(8192);
  for (std::size_t i = 0; i < 4096; ++i) page[i] = static_cast<std::byte>(i);
  store_le<std::uint32_t>(page, 36, load_le<std::uint32_t>(page, 36) | 0x2000);
  EXPECT_EQ(codes_of(page, 9876, {8192}), std::vector<std::uint64_t>{0x0000000004042290});
  store_le<std::uint64_t>(page, 0, 0x0000000004042290);
  EXPECT_EQ(judge(page, 9876).verdict, PageVerdict::sound);

  store_le<std::uint32_t>(page, 0, 0x89123456);
  store_le<std::uint32_t>(page, 4, 0x12345678);
  EXPECT_EQ(judge_ese_header_page(sums_of(page)).computed, 0x9F9B9F93u);
}

TEST(EseKnownAnswers, LargePages) {
  constexpr std::uint32_t kNumber = 0x98765431;
  const std::vector<std::uint64_t> of_32k = {0xF9CE063147B6B865, 0x69AF69AFCDD590E4,
                                             0x770988F62EA1A9E2, 0x7CB77CB77B839A0E};
  const std::vector<std::uint64_t> of_16k = {0x7B807B80651E03FC, 0x7C347C34BC66A14B,
                                             0x6C7E6C7ECB3A6C94, 0x05D105D19E99A841};
  const std::vector<std::uint64_t> of_28k = {0xF9D80627E9C2387E, 0x69AF69AFCDD590E4,
                                             0x770988F62EA1A9E2, 0x1F311F31B6717993};
  // Each vector starts from the page the one before has sealed.
  const Page pattern = pattern_page(32768);
  Page page = pattern;
  for (const auto& [bytes, codes] : {std::pair{32768u, of_32k}, std::pair{16384u, of_16k}}) {
    page.resize(bytes);
    store_codes(page, codes);
    EXPECT_EQ(codes_of(page, kNumber, std::vector<std::uint32_t>(4, bytes / 4)), codes);
    // All checksums are right; only the pattern's bytes stand where the page number should be.
    EXPECT_EQ(judge(page, kNumber).verdict, PageVerdict::wrong_place);
    EXPECT_EQ(judge(page, kNumber).bit, 0u);

    Page damaged = page;
    const std::uint32_t block = block_bits(page);
    for (const std::uint32_t bit : {8 * 40 + 1u, block + 2, 2 * block + 3, 3 * block + 4})
      flip(damaged, bit);
    EXPECT_EQ(judge(damaged, kNumber).verdict, PageVerdict::wrong_place);
    EXPECT_EQ(judge(damaged, kNumber).bit, 321u);
    flip(damaged, block + 3);
    EXPECT_EQ(judge(damaged, kNumber).verdict, PageVerdict::bad_checksum);
  }
  page.insert(page.end(), pattern.begin() + 16384,
              pattern.begin() + 28672);  // exists in memory only
  store_codes(page, of_28k);
  EXPECT_EQ(codes_of(page, kNumber, {8192, 8192, 8192, 4096}), of_28k);
}

// ---- section 13 ----

class EsePage : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(AllSizes, EsePage, testing::ValuesIn(kPageSizes));

TEST_P(EsePage, SoundAndUninitialised) {
  const Page page = make_page(GetParam());
  EXPECT_EQ(judge(page).verdict, PageVerdict::sound);
  EXPECT_GE(judge(page).dbtime, 1000u);
  EXPECT_EQ(judge(Page(GetParam())).verdict, PageVerdict::uninitialised);
  EXPECT_EQ(judge_ese_header_page(sums_of(Page(GetParam()))).verdict, PageVerdict::uninitialised);
}

TEST_P(EsePage, EveryFlipOfTheFirst1024BitsIsFoundAndLocated) {
  Page page = make_page(GetParam());
  for (std::uint32_t bit = 0; bit < 1024; ++bit) {
    flip(page, bit);
    const EsePageResult result = judge(page);
    flip(page, bit);
    if (bit < 64 || bit == 301) {
      ASSERT_EQ(result.verdict, PageVerdict::bad_checksum) << bit;
    } else {
      ASSERT_EQ(result.verdict, PageVerdict::correctable) << bit;
      ASSERT_EQ(result.bit, bit);
    }
  }
}

TEST_P(EsePage, RandomSingleBitsAreAllFoundAndLocated) {
  Page page = make_page(GetParam());
  std::mt19937_64 random(GetParam());
  for (int round = 0; round < 500; ++round) {
    const auto bit = static_cast<std::uint32_t>(random() % (8 * page.size()));
    flip(page, bit);
    const EsePageResult result = judge(page);
    flip(page, bit);
    const bool locatable = bit >= 64 && bit != 301;
    ASSERT_EQ(result.verdict, locatable ? PageVerdict::correctable : PageVerdict::bad_checksum);
    ASSERT_EQ(result.bit, locatable ? bit : 0);
  }
}

TEST_P(EsePage, RandomDoubleBitsAreAllFoundAndNoneIsMistaken) {
  Page page = make_page(GetParam());
  const std::uint32_t block = block_bits(page);
  std::mt19937_64 random(GetParam() + 1);
  for (int round = 0; round < 500; ++round) {
    const auto a = static_cast<std::uint32_t>(random() % (8 * page.size()));
    const auto b = static_cast<std::uint32_t>(random() % (8 * page.size()));
    if (a == b) continue;
    flip(page, a);
    flip(page, b);
    const EsePageResult result = judge(page);
    flip(page, a);
    flip(page, b);
    const bool locatable = a >= 64 && b >= 64 && a != 301 && b != 301 && a / block != b / block;
    ASSERT_EQ(result.verdict, locatable ? PageVerdict::correctable : PageVerdict::bad_checksum)
        << a << " " << b;
    if (locatable) {
      ASSERT_EQ(result.bit, std::min(a, b));
    }
  }
}

TEST_P(EsePage, OneBitInEachBlockIsCorrectableTwoInOneAreNot) {
  Page page = make_page(GetParam());
  const auto blocks = static_cast<std::uint32_t>(8 * page.size() / block_bits(page));
  for (std::uint32_t i = 0; i < blocks; ++i) flip(page, i * block_bits(page) + 4000 + i);
  EXPECT_EQ(judge(page).verdict, PageVerdict::correctable);
  EXPECT_EQ(judge(page).bit, 4000u);
  flip(page, 5000);
  EXPECT_EQ(judge(page).verdict, PageVerdict::bad_checksum);
}

TEST_P(EsePage, PageOfAnotherPlaceTellsWhereItBelongs) {
  const EsePageResult result = judge(make_page(GetParam()), 17);
  EXPECT_EQ(result.verdict, PageVerdict::bad_checksum);
  EXPECT_EQ(result.likely_page_number, kPageNumber);
}

TEST_P(EsePage, RectangleOfFourBitsIsTheKnownBlindSpot) {
  Page page = make_page(GetParam());
  for (const std::uint32_t word : {200u, 300u})
    for (const std::uint32_t column : {3u, 9u}) flip(page, word * 32 + column);
  EXPECT_EQ(judge(page).verdict, PageVerdict::sound);
}

TEST_P(EsePage, AgreesWithThePageSealedElsewhereForManyPages) {
  for (std::uint32_t number = 1; number < 60; ++number)
    ASSERT_EQ(judge(make_page(GetParam(), EseChecksumKind::mixed, number), number).verdict,
              PageVerdict::sound);
}

TEST(EseLargePage, FlipInAStoredBlockChecksumIsCorrectableInItsOwnIsNot) {
  for (const std::uint32_t size : {16384u, 32768u}) {
    Page page = make_page(size);
    for (std::uint32_t bit = 40 * 8; bit < 64 * 8; ++bit) {
      flip(page, bit);
      ASSERT_EQ(judge(page).verdict, PageVerdict::correctable) << bit;
      ASSERT_EQ(judge(page).bit, bit);
      // Together with the block whose checksum was hit.
      const std::uint32_t other = (1 + (bit - 320) / 64) * block_bits(page) + 99;
      flip(page, other);
      ASSERT_EQ(judge(page).verdict, PageVerdict::correctable) << bit;
      flip(page, other);
      flip(page, bit);
    }
  }
}

TEST(EseLargePage, MarkedAsAnotherPageIsInTheWrongPlace) {
  Page page = make_page(32768);
  store_le<std::uint32_t>(page, 64, 12);
  test::seal_ese_page(page, kPageNumber);
  EXPECT_EQ(judge(page).verdict, PageVerdict::wrong_place);
  EXPECT_EQ(judge(page).likely_page_number, 12u);
  flip(page, 9999);  // still so when a bit is corrected first
  EXPECT_EQ(judge(page).verdict, PageVerdict::wrong_place);
}

TEST(EseLargePage, WithoutTheFormatFlagIsBad) {
  Page page = make_page(32768);
  flip(page, 301);
  EXPECT_EQ(judge(page).verdict, PageVerdict::bad_checksum);
}

TEST(EseSmallPage, DamageOfTheChecksumItselfIsBad) {
  for (const std::uint32_t bit : {0u, 31u, 32u, 63u, 301u}) {
    Page page = make_page(8192);
    flip(page, bit);
    EXPECT_EQ(judge(page).verdict, PageVerdict::bad_checksum) << bit;
  }
}

TEST(EseLegacyPage, DamageIsNeverCorrectable) {
  for (const std::uint32_t size : {2048u, 4096u, 8192u}) {
    Page page = make_page(size, EseChecksumKind::legacy_xor);
    EXPECT_EQ(judge(page).verdict, PageVerdict::sound);
    std::mt19937_64 random(size);
    int missed = 0;
    for (int round = 0; round < 500; ++round) {
      const auto a = static_cast<std::uint32_t>(random() % (8 * size));
      flip(page, a);
      ASSERT_EQ(judge(page).verdict, PageVerdict::bad_checksum) << a;
      const auto b = static_cast<std::uint32_t>(random() % (8 * size));
      flip(page, b);
      // Two bits of one column cancel, unless one of them changes the format or the number.
      if (a != b && judge(page).verdict == PageVerdict::sound) {
        ++missed;
        ASSERT_EQ(a % 32, b % 32);
      }
      flip(page, a);
      flip(page, b);
    }
    EXPECT_LT(missed, 40);
  }
}

TEST(EseLegacyPage, SwappedPageTellsItsNumber) {
  const EsePageResult result = judge(make_page(4096, EseChecksumKind::legacy_xor), 4);
  EXPECT_EQ(result.verdict, PageVerdict::bad_checksum);
  EXPECT_EQ(result.likely_page_number, kPageNumber);
}

// ---- pieces ----

EsePageSums sums_of_pieces(const Page& page, std::mt19937_64& random) {
  const std::size_t sectors = page.size() / 512;
  std::vector<std::size_t> borders = {0, sectors};
  for (std::size_t i = random() % 8; i != 0; --i) borders.push_back(random() % sectors);
  std::ranges::sort(borders);
  std::vector<EsePageSums> pieces;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    const auto piece =
        std::span(page).subspan(borders[i] * 512, (borders[i + 1] - borders[i]) * 512);
    if (piece.empty()) continue;
    pieces.emplace_back().add(static_cast<std::uint32_t>(page.size()),
                              static_cast<std::uint32_t>(borders[i] * 512), piece);
  }
  std::ranges::shuffle(pieces, random);
  EsePageSums sums;
  for (const EsePageSums& piece : pieces) sums.merge(piece);
  return sums;
}

TEST_P(EsePage, InPiecesIsTheSameAsWhole) {
  std::mt19937_64 random(GetParam() + 2);
  for (const EseChecksumKind kind : {EseChecksumKind::ecc, EseChecksumKind::legacy_xor}) {
    for (int round = 0; round < 200; ++round) {
      Page page = make_page(GetParam(), kind);
      for (auto flips = random() % 4; flips != 0; --flips)
        flip(page, static_cast<std::uint32_t>(random() % (8 * page.size())));
      if (round % 10 == 0) std::ranges::fill(page, std::byte{0});
      if (round % 20 == 0) page[random() % page.size()] = std::byte{1};
      const EsePageSums sums = sums_of_pieces(page, random);
      ASSERT_EQ(sums.bytes_seen, page.size());
      const EsePageResult whole = judge(page);
      const EsePageResult pieces = judge_ese_page(sums, GetParam(), kPageNumber);
      ASSERT_EQ(pieces.verdict, whole.verdict) << "round " << round;
      ASSERT_EQ(pieces.stored, whole.stored);
      ASSERT_EQ(pieces.computed, whole.computed);
      ASSERT_EQ(pieces.bit, whole.bit);
      ASSERT_EQ(pieces.likely_page_number, whole.likely_page_number);
      ASSERT_EQ(judge_ese_header_page(sums).computed,
                judge_ese_header_page(sums_of(page)).computed);
      ASSERT_EQ(looks_like_ese_trailer(sums), looks_like_ese_trailer(sums_of(page)));
    }
  }
}

// Zeros that add up to nothing must not hide set bits: equal words cancel in X and in L.
TEST(EsePageSums, BitsThatCancelAreStillSeen) {
  Page page(4096);
  for (const std::uint32_t word : {100u, 101u, 200u, 201u})
    store_le<std::uint32_t>(page, word * 4, 0x11111111);
  EXPECT_EQ(ese_block_code(page), EseBlockCode{});
  EXPECT_NE(judge(page).verdict, PageVerdict::uninitialised);
}

}  // namespace
}  // namespace tintype
