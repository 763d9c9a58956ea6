// Log headers, segments, links between logs, and the records of the older version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "support/ese_log_generator.h"
#include "support/samples.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/log/ese_log_link.h"
#include "verify/ese/log/ese_log_segments.h"
#include "verify/ese/log/ese_log_v7.h"

namespace tintype {
namespace {

using test::EseLog;
using test::EseLogSpec;
using test::EseLogTail;
using test::make_ese_log;
using testing::ElementsAre;
using testing::IsEmpty;
using File = std::vector<std::byte>;
using Status = EseLogHeaderReading::Status;

EseLogHeaderReading read(const File& file) {
  return read_ese_log_header(file, file.size());
}

EseLogSegments walk(const File& file) {
  const EseLogHeaderReading reading = read(file);
  EXPECT_EQ(reading.status, Status::sound);
  return check_ese_log_segments(file, reading.header);
}

std::vector<std::string> names(const EseProblems& problems) {
  std::vector<std::string> out;
  for (const EseProblem& problem : problems) out.emplace_back(problem.name);
  return out;
}

std::span<std::byte> slot(File& file, std::uint32_t index) {
  return std::span(file).subspan(index * 4096, 4096);
}

void flip(File& file, std::uint32_t index, std::uint32_t bit) {
  slot(file, index)[bit / 8] ^= std::byte{1} << (bit % 8);
}

void garbage(File& file, std::uint32_t index) {
  std::mt19937_64 random(index);
  for (std::byte& b : slot(file, index).subspan(512, 512)) b = static_cast<std::byte>(random());
}

void zero(File& file, std::uint32_t index) {
  std::ranges::fill(slot(file, index), std::byte{0});
}

// ---- header ----

TEST(EseLogHeader, SoundHeaderTellsItsFields) {
  const EseLogHeaderReading reading = read(make_ese_log({.generation = 0x5C}).file);
  EXPECT_EQ(reading.status, Status::sound);
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.header.generation, 0x5C);
  EXPECT_EQ(reading.header.file_sectors, 32);
  EXPECT_EQ(reading.header.create_time, test::ese_log_create_time(0x5C));
}

TEST(EseLogHeader, EveryFlippedBitIsCorruption) {
  const File file = make_ese_log({}).file;
  for (std::uint32_t bit = 0; bit < 8 * 4096; bit += 13) {
    File damaged = file;
    flip(damaged, 0, bit);
    ASSERT_EQ(read(damaged).status, Status::corrupt) << bit;
    ASSERT_EQ(read(damaged).problems.at(0).finding.error_number, -501);
  }
}

TEST(EseLogHeader, NamesWhatItCannotRead) {
  EXPECT_THAT(names(read(File(100)).problems), ElementsAre("HeaderMissing"));
  EXPECT_THAT(names(read(File(1 << 16)).problems), ElementsAre("HeaderZero"));
  EXPECT_EQ(read(File(1 << 16)).status, Status::all_zero);

  const auto changed = [](std::size_t offset, auto value) {
    File file = make_ese_log({}).file;
    store_le(std::span(file), offset, value);
    test::seal_ese_header(std::span(file).first(4096));
    return read(file);
  };
  EXPECT_THAT(names(changed(667, std::uint32_t{4}).problems), ElementsAre("WrongFileType"));
  EXPECT_EQ(changed(667, std::uint32_t{0}).status, Status::sound);
  EXPECT_THAT(names(changed(32, std::uint32_t{9}).problems), ElementsAre("UnknownVersion"));
  EXPECT_THAT(names(changed(8, std::uint16_t{512}).problems), ElementsAre("UnknownGeometry"));
  EXPECT_THAT(names(changed(10, std::uint16_t{0}).problems), ElementsAre("UnknownGeometry"));
  EXPECT_THAT(names(changed(4, std::int32_t{0}).problems), ElementsAre("BadGeneration"));
  const EseLogHeaderReading longer = changed(12, std::uint16_t{33});
  EXPECT_THAT(names(longer.problems), ElementsAre("SizeMismatch"));
  EXPECT_EQ(longer.status, Status::sound);
  EXPECT_EQ(longer.problems[0].finding.error_number, -541);
}

TEST(EseLogHeader, IsDescribedInEseutilsWords) {
  const auto fields = describe(read(make_ese_log({.generation = 92}).file).header);
  const std::multimap<std::string, std::string> by_name(fields.begin(), fields.end());
  EXPECT_EQ(fields[0], (std::pair<std::string, std::string>("lGeneration", "92 (0x5C)")));
  EXPECT_EQ(by_name.find("creation time")->second, "04/02/2020 12:32:01.000 UTC");
  EXPECT_EQ(by_name.find("Circular Logging Flag (current file)")->second, "off");
  EXPECT_EQ(by_name.find("Env Log Sec size")->second, "4096 (legacy, unknown actual)");
}

// ---- segments ----

TEST(EseLogSegments, SoundLogsWithEveryKindOfTail) {
  for (const EseLogTail tail : {EseLogTail::zeros, EseLogTail::shadow, EseLogTail::stale}) {
    for (const int count : {1, 2, 10, 29, 30}) {
      const auto segments = static_cast<std::uint16_t>(count);
      const EseLog log = make_ese_log({.segments = segments, .tail = tail});
      const EseLogSegments found = walk(log.file);
      EXPECT_THAT(names(found.problems), IsEmpty()) << segments;
      EXPECT_EQ(found.slots, 32u);
      EXPECT_EQ(found.good, segments);
      EXPECT_EQ(found.last_good, segments);
      EXPECT_EQ(found.accumulated_checksum, log.accumulated_checksum);
      EXPECT_EQ(found.shadows, tail == EseLogTail::shadow && segments < 30 ? 1u : 0u);
      EXPECT_EQ(found.stale, tail == EseLogTail::stale ? 30u - segments : 0u);
      EXPECT_EQ(found.good + found.shadows + found.stale + found.empty, 30u);
    }
  }
}

TEST(EseLogSegments, LogWithoutRecordsHasNoProblem) {
  const EseLogSegments found = walk(make_ese_log({.segments = 0}).file);
  EXPECT_EQ(found.good, 0u);
  EXPECT_EQ(found.last_good, 0u);
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(EseLogSegments, OneFlippedBitIsCorrected) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    EseLog log = make_ese_log({});
    const auto bit = static_cast<std::uint32_t>(64 + random() % (8 * 4096 - 64));
    if (bit == 301) continue;
    flip(log.file, 5, bit);
    const EseLogSegments found = walk(log.file);
    ASSERT_THAT(names(found.problems), ElementsAre("SegmentCorrectable")) << bit;
    ASSERT_EQ(found.good, 10u);
    ASSERT_EQ(found.corrected, 1u);
    ASSERT_EQ(found.accumulated_checksum, log.accumulated_checksum);
    ASSERT_TRUE(only_warnings(found.problems));
  }
}

TEST(EseLogSegments, GarbageInTheMiddleIsCorrupt) {
  EseLog log = make_ese_log({});
  garbage(log.file, 5);
  const EseLogSegments found = walk(log.file);
  EXPECT_THAT(names(found.problems), ElementsAre("SegmentCorrupt", "BackupVerifyFailure"));
  EXPECT_EQ(found.problems[0].finding.error_number, -501);
  EXPECT_EQ(found.problems[0].finding.file_offset, 5u * 4096);
  EXPECT_EQ(found.problems[1].finding.error_number, -612);
  EXPECT_EQ(found.good, 4u);
}

TEST(EseLogSegments, TornLastSegmentIsPatchedFromItsShadow) {
  EseLog log = make_ese_log({.tail = EseLogTail::shadow});
  garbage(log.file, 10);
  const EseLogSegments found = walk(log.file);
  EXPECT_THAT(names(found.problems), ElementsAre("TornWrite", "BackupVerifyFailure"));
  EXPECT_EQ(found.problems[0].finding.error_number, -570);
  EXPECT_EQ(found.torn, 10u);
  EXPECT_EQ(found.good, 10u);
  EXPECT_EQ(found.accumulated_checksum, log.accumulated_checksum);
}

TEST(EseLogSegments, LostWriteInTheMiddleShows) {
  EseLog zeroed = make_ese_log({});
  zero(zeroed.file, 5);
  EXPECT_THAT(names(walk(zeroed.file).problems), ElementsAre("ValidSegmentAfterEmpty"));

  EseLog old = make_ese_log({});
  const EseLog stale = make_ese_log({.generation = 2});
  std::ranges::copy(std::span(stale.file).subspan(5 * 4096, 4096), old.file.begin() + 5 * 4096);
  EXPECT_THAT(names(walk(old.file).problems), ElementsAre("ValidSegmentAfterEmpty"));
}

TEST(EseLogSegments, LostLastSegmentShowsOnlyInTheSum) {
  EseLog log = make_ese_log({});
  zero(log.file, 10);
  const EseLogSegments found = walk(log.file);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_NE(found.accumulated_checksum, log.accumulated_checksum);
}

TEST(EseLogSegments, SegmentOfALaterGenerationIsCorrupt) {
  EseLog log = make_ese_log({});
  const EseLog later = make_ese_log({.generation = 9});
  std::ranges::copy(std::span(later.file).subspan(5 * 4096, 4096), log.file.begin() + 5 * 4096);
  EXPECT_THAT(names(walk(log.file).problems), ElementsAre("BadSegmentLgpos"));
}

TEST(EseLogSegments, DamageBehindTheEndIsCorrupt) {
  EseLog log = make_ese_log({.tail = EseLogTail::stale});
  garbage(log.file, 20);
  EXPECT_THAT(names(walk(log.file).problems),
              ElementsAre("CorruptAfterEmptySegment", "BackupVerifyFailure"));
  EseLog last = make_ese_log({});
  garbage(last.file, 31);  // the slot that holds a shadow at most
  EXPECT_THAT(names(walk(last.file).problems), ElementsAre("BackupVerifyFailure"));
}

TEST(EseLogSegments, FilesOfAnySizeAndContentGetAnAnswer) {
  std::mt19937_64 random(17);
  const EseLog log = make_ese_log({.tail = EseLogTail::shadow});
  for (int round = 0; round < 300; ++round) {
    File file = log.file;
    file.resize(4096 + random() % (file.size() - 4096));
    for (int i = 0; i < 20; ++i) {
      const std::size_t at = random() % file.size();
      if (at >= 4096) file[at] = static_cast<std::byte>(random());
    }
    const EseLogHeaderReading reading = read(file);
    ASSERT_EQ(reading.status, Status::sound);
    ASSERT_THAT(names(reading.problems), ElementsAre("SizeMismatch"));
    const EseLogSegments found = check_ese_log_segments(file, reading.header);
    ASSERT_LE(found.good, found.slots);
  }
}

// ---- links ----

TEST(EseLogLink, SoundStreamHoldsAndEachBreakHasItsName) {
  const EseLog first = make_ese_log({.generation = 7});
  const auto later = [&](EseLogSpec spec) { return read(make_ese_log(spec).file).header; };
  const LogHeader earlier = read(first.file).header;
  const auto link = [&](const LogHeader& next) {
    return names(check_ese_log_link(earlier, first.accumulated_checksum, next));
  };
  const std::uint64_t sum = first.accumulated_checksum;
  EXPECT_THAT(link(later({.generation = 8, .previous_checksum = sum})), IsEmpty());
  EXPECT_THAT(link(later({.generation = 8, .previous_checksum = 0})), IsEmpty());
  EXPECT_THAT(link(later({.generation = 8, .previous_checksum = sum ^ 1})),
              ElementsAre("SequenceChecksumMismatch"));
  EXPECT_THAT(link(later({.generation = 9, .previous_checksum = sum})),
              ElementsAre("GenerationMissing"));
  EXPECT_THAT(link(later({.generation = 8, .log_signature = 5, .previous_checksum = sum})),
              ElementsAre("SignatureMismatch"));
  LogHeader other_time = later({.generation = 8, .previous_checksum = sum});
  other_time.previous_create_time.second = 9;
  EXPECT_THAT(link(other_time), ElementsAre("CreateTimeMismatch"));
}

TEST(EseLogLink, ErrorNumbersAreTheEngines) {
  const LogHeader a = read(make_ese_log({.generation = 7}).file).header;
  const LogHeader b = read(make_ese_log({.generation = 8, .previous_checksum = 3}).file).header;
  const LogHeader c = read(make_ese_log({.generation = 9, .log_signature = 1}).file).header;
  EXPECT_EQ(check_ese_log_link(a, 2, b).at(0).finding.error_number, -590);
  EXPECT_THAT(check_ese_log_link(a, std::nullopt, b), IsEmpty());
  EXPECT_EQ(check_ese_log_link(a, 2, c).at(0).finding.error_number, -530);
  EXPECT_EQ(check_ese_log_link(a, 2, c).at(1).finding.error_number, -528);
}

// ---- version 7 ----

TEST(EseLogV7, GeneratedChainsHold) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const File file = test::make_ese_log_v7(7, 1 + static_cast<std::uint32_t>(seed % 20), seed);
    const EseLogHeaderReading reading = read(file);
    ASSERT_EQ(reading.status, Status::sound);
    const EseLogRecords found = check_ese_log_v7(file, reading.header);
    ASSERT_THAT(names(found.problems), IsEmpty()) << seed;
    ASSERT_EQ(found.checksums, 1 + seed % 20);
    ASSERT_GT(found.covered_bytes, 4096u);
  }
}

TEST(EseLogV7, EveryFlippedBitOfACoveredByteIsSeen) {
  const File file = test::make_ese_log_v7(7, 1, 4);  // one record: forward of it all is covered
  const LogHeader header = read(file).header;
  const std::uint64_t covered = check_ese_log_v7(file, header).covered_bytes;
  for (std::uint64_t bit = 8 * 4096; bit < 8 * covered; ++bit) {
    File damaged = file;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_FALSE(check_ese_log_v7(damaged, header).problems.empty()) << bit;
  }
}

TEST(EseLogV7, ProblemsHaveNames) {
  const File file = test::make_ese_log_v7(7, 5, 8);
  const LogHeader header = read(file).header;
  const auto changed = [&](std::size_t offset, auto value) {
    File damaged = file;
    store_le(std::span(damaged), 4096 + offset, value);
    return names(check_ese_log_v7(damaged, header).problems);
  };
  EXPECT_THAT(changed(0, std::uint8_t{41}), ElementsAre("RecordMissing"));
  EXPECT_THAT(changed(21, std::uint8_t{0}), ElementsAre("RecordMalformed"));
  EXPECT_THAT(changed(1, std::uint32_t{600}), ElementsAre("RecordMalformed"));
  EXPECT_THAT(changed(5, std::uint32_t{0xFFFFFFFF}), ElementsAre("RecordMalformed"));
  EXPECT_THAT(changed(13, load_le<std::uint32_t>(file, 4096 + 13) ^ 0x5AD05EC7),
              ElementsAre("ShadowRecord"));
  EXPECT_THAT(changed(13, std::uint32_t{1}), ElementsAre("ChecksumMismatch"));
}

TEST(EseLogV7, RandomDamageGetsAnAnswer) {
  std::mt19937_64 random(23);
  for (int round = 0; round < 300; ++round) {
    File file = test::make_ese_log_v7(7, 5, static_cast<std::uint64_t>(round));
    const LogHeader header = read(file).header;
    for (int i = 0; i < 4; ++i)
      store_le<std::uint32_t>(std::span(file), 4096 + random() % 60,
                              static_cast<std::uint32_t>(random()));
    file.resize(4096 + random() % (file.size() - 4096));
    (void)check_ese_log_v7(file, header);
  }
}

// ---- real logs ----

struct SampleStream {
  const char* folder;
  std::int32_t first, last;  // archived generations
  std::int32_t current;
};

class EseLogSample : public testing::TestWithParam<SampleStream> {};
INSTANTIATE_TEST_SUITE_P(All, EseLogSample,
                         testing::Values(SampleStream{"srum-dirty", 0x59, 0x5B, 0x5C},
                                         SampleStream{"srum-clean", 3, 8, 9}));

TEST_P(EseLogSample, StreamHoldsFromTheFirstLogToTheCurrentOne) {
  TINTYPE_NEED_SAMPLES(samples);
  const auto& [folder, first, last, current] = GetParam();
  std::optional<LogHeader> earlier;
  std::uint64_t sum = 0;
  for (std::int32_t generation = first; generation <= current; ++generation) {
    char name[32];
    std::snprintf(name, sizeof name, "SRU%05X.log", static_cast<unsigned>(generation));
    const File file =
        test::read_sample(samples / "ese" / folder / (generation == current ? "SRU.log" : name));
    const EseLogHeaderReading reading = read(file);
    SCOPED_TRACE(name);
    ASSERT_EQ(reading.status, Status::sound);
    EXPECT_THAT(names(reading.problems), IsEmpty());
    EXPECT_EQ(reading.header.generation, generation);
    const EseLogSegments found = check_ese_log_segments(file, reading.header);
    EXPECT_THAT(names(found.problems), IsEmpty());
    if (earlier) {
      EXPECT_NE(reading.header.previous_segments_checksum, 0u);
      EXPECT_THAT(names(check_ese_log_link(*earlier, sum, reading.header)), IsEmpty());
    }
    earlier = reading.header;
    sum = found.accumulated_checksum;
  }
  if (current == 9) {
    const File file = test::read_sample(samples / "ese" / folder / "SRU.log");
    EXPECT_EQ(walk(file).shadows, 1u);
  }
}

TEST(EseLogSamples, ReserveLogIsNoLog) {
  TINTYPE_NEED_SAMPLES(samples);
  EXPECT_EQ(read(test::read_sample(samples / "ese" / "srum-dirty" / "SRUres00001.jrs")).status,
            Status::all_zero);
}

}  // namespace
}  // namespace tintype
