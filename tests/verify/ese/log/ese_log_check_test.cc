// In pieces and in any order, a log is what it is at once: the check's facts must equal the
// whole-file readers on samples, on generated logs and on damaged ones.
#include "verify/ese/log/ese_log_check.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/ese_log_generator.h"
#include "support/samples.h"
#include "tests/verify/ese/page/check_runner.h"
#include "verify/ese/log/ese_log_v7.h"
#include "verify/ese/log/ese_small_checks.h"

namespace tintype {
namespace {

using File = std::vector<std::byte>;

std::string print(const EseProblems& problems) {
  std::string text;
  for (const EseProblem& p : problems)
    text += fmt::format("{} {} {} {}+{}: {}\n", p.name, to_string(p.finding.kind),
                        p.finding.error_number, p.finding.file_offset, p.finding.length,
                        p.finding.text);
  return text;
}

std::string at_once(const File& file) {
  const EseLogHeaderReading reading = read_ese_log_header(file, file.size());
  EseProblems problems = reading.problems;
  std::uint32_t good = 0, torn = 0;
  std::uint64_t sum = 0;
  if (reading.status == EseLogHeaderReading::Status::sound) {
    if (reading.header.version_major == 7) {
      const EseLogRecords found = check_ese_log_v7(file, reading.header);
      good = found.checksums;
      problems.insert(problems.end(), found.problems.begin(), found.problems.end());
    } else {
      const EseLogSegments found = check_ese_log_segments(file, reading.header);
      good = found.good;
      torn = found.torn;
      if (only_warnings(found.problems)) sum = found.accumulated_checksum;
      problems.insert(problems.end(), found.problems.begin(), found.problems.end());
    }
  }
  return fmt::format("{} {} {} {:x}\n{}", static_cast<int>(reading.status), good, torn, sum,
                     print(problems));
}

std::string facts_text(const EseLogFacts& facts) {
  return fmt::format("{} {} {} {:x}\n{}", static_cast<int>(facts.header_status),
                     facts.segments_good, facts.torn, facts.accumulated_checksum.value_or(0),
                     print(facts.problems));
}

void expect_equal(const File& file, std::uint64_t seed) {
  const auto budget = std::make_shared<EseByteBudget>();
  std::list<EseLogFacts> found;
  EseLogCheck whole("E00.log", file.size(), budget, found),
      pieces("E00.log", file.size(), budget, found);
  const FileReport report = test::check_in_order(whole, file);
  test::check_shuffled(pieces, file, seed, 9);
  EXPECT_TRUE(whole.facts().complete);
  EXPECT_TRUE(pieces.facts().complete);
  EXPECT_EQ(facts_text(whole.facts()), at_once(file));
  EXPECT_EQ(facts_text(pieces.facts()), at_once(file));
  EXPECT_EQ(report.sound(), whole.facts().sound());
  EXPECT_EQ(budget->left(), EseByteBudget::kBytesDefault);  // nothing of a finished log is held
}

void damage(File& file, std::mt19937_64& random) {
  const std::size_t slot = random() % (file.size() / 4096);
  const auto at = file.begin() + static_cast<std::ptrdiff_t>(slot * 4096);
  switch (random() % 6) {
    case 0:
      at[static_cast<std::ptrdiff_t>(random() % 4096)] ^= std::byte{1} << (random() % 8);
      break;
    case 1:
      std::fill(at, at + 4096, std::byte{0});
      break;
    case 2:
      for (std::ptrdiff_t i = 512; i < 1024; ++i) at[i] = static_cast<std::byte>(random());
      break;
    case 3:
      if (slot > 0) std::copy(at - 4096, at, at);
      break;
    case 4:
      file.resize(file.size() - random() % 5000 / 512 * 512);
      break;
    default:
      file.resize(file.size() - random() % 3000);
      break;
  }
}

TEST(EseLogCheck, GeneratedAndDamagedLogsAreWhatTheyAreAtOnce) {
  std::mt19937_64 random(4711);
  for (std::uint64_t round = 0; round < 400; ++round) {
    const auto tail = static_cast<test::EseLogTail>(random() % 3);
    File file = test::make_ese_log({.generation = static_cast<std::int32_t>(10 + random() % 1000),
                                    .slots = 16,
                                    .segments = static_cast<std::uint16_t>(random() % 14),
                                    .tail = tail})
                    .file;
    for (std::uint64_t i = random() % 3; i > 0; --i) damage(file, random);
    SCOPED_TRACE(round);
    expect_equal(file, round);
  }
}

TEST(EseLogCheck, OlderLogsAreWhatTheyAreAtOnce) {
  std::mt19937_64 random(815);
  for (std::uint64_t round = 0; round < 100; ++round) {
    File file = test::make_ese_log_v7(9, 5, round);
    if (round % 2 == 1) damage(file, random);
    SCOPED_TRACE(round);
    expect_equal(file, round);
  }
}

TEST(EseLogCheck, SamplesAreWhatTheyAreAtOnce) {
  TINTYPE_NEED_SAMPLES(samples);
  std::size_t logs = 0;
  for (const char* set : {"srum-dirty", "srum-clean"})
    for (const auto& entry : std::filesystem::directory_iterator(samples / "ese" / set))
      if (entry.path().extension() == ".log") {
        SCOPED_TRACE(entry.path());
        expect_equal(test::read_sample(entry.path()), ++logs);
      }
  EXPECT_EQ(logs, 12u);
}

TEST(EseLogCheck, ZerosMayBeDeclaredAndDamageMayBeUnreadable) {
  std::list<EseLogFacts> found;
  const File file = test::make_ese_log({.slots = 16, .segments = 6}).file;
  const auto budget = std::make_shared<EseByteBudget>();
  EseLogCheck zeros("E00.log", file.size(), budget, found);
  zeros.merge_zeros(7 * 4096, file.size() - 7 * 4096);
  EXPECT_TRUE(test::check_in_order(zeros, std::span(file).first(7 * 4096)).sound());
  EXPECT_EQ(facts_text(zeros.facts()), at_once(file));

  EseLogCheck bad("E00.log", file.size(), budget, found);
  bad.merge_unreadable(3 * 4096 + 512, 512);
  bad.merge(*bad.scan(0, std::span(file).first(3 * 4096 + 512)));
  bad.merge(*bad.scan(3 * 4096 + 1024, std::span(file).subspan(3 * 4096 + 1024)));
  const FileReport report = bad.finish();
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(report.findings.at(0).kind, FindingKind::unreadable);
  EXPECT_EQ(report.findings.at(0).file_offset, 3u * 4096);
  EXPECT_FALSE(bad.facts().sound());
  EXPECT_EQ(bad.facts().segments_good, 2u);
}

// Nobody may scan for a check that is done: one of a larger file still gets bytes.
TEST(EseLogCheck, IsDoneWithItsLastByteUnlessMoreOfTheFileComes) {
  std::list<EseLogFacts> found;
  const auto budget = std::make_shared<EseByteBudget>();
  EseLogCheck whole("E00.log", 8192, budget, found);
  whole.merge_zeros(0, 4096);
  EXPECT_FALSE(whole.is_done());
  whole.merge_zeros(4096, 4096);
  EXPECT_TRUE(whole.is_done());

  EseLogCheck larger("E01.log", EseUnitCheck::kFileBytesMax + 4096, budget, found);
  larger.merge_zeros(0, EseUnitCheck::kFileBytesMax + 4096);
  EXPECT_FALSE(larger.is_done());
}

TEST(EseLogCheck, WhatWasNotSeenIsNotSound) {
  std::list<EseLogFacts> found;
  const File file = test::make_ese_log({.slots = 16}).file;
  EseLogCheck check("E00.log", file.size(), std::make_shared<EseByteBudget>(), found);
  const FileReport report = test::check_in_order(check, std::span(file).first(15 * 4096));
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.checked());
  EXPECT_FALSE(check.facts().sound());
}

TEST(EseLogCheck, BeyondTheBudgetALogIsNotChecked) {
  std::list<EseLogFacts> found;
  const File v7 = test::make_ese_log_v7(9, 5, 1);
  EseLogCheck older("E00.log", v7.size(), std::make_shared<EseByteBudget>(12000), found);
  EXPECT_FALSE(test::check_in_order(older, v7).checked());
  EXPECT_TRUE(older.facts().not_checked);
  EXPECT_FALSE(older.facts().sound());
  const File v8 = test::make_ese_log({}).file;
  EseLogCheck newer("E00.log", v8.size(), std::make_shared<EseByteBudget>(4200), found);
  EXPECT_FALSE(test::check_in_order(newer, v8).checked());
  EXPECT_TRUE(newer.facts().not_checked);
}

TEST(EseLogCheck, TextIsNoLogAndADamagedHeaderStillIs) {
  std::list<EseLogFacts> found;
  const std::string_view words = "2026-11-22 18:15:00 INFO started\r\n";
  File text(16 * 4096);
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = static_cast<std::byte>(words[i % words.size()]);
  const auto budget = std::make_shared<EseByteBudget>();
  EseLogCheck other("abc.log", text.size(), budget, found);
  test::check_in_order(other, text);
  EXPECT_FALSE(other.facts().looks_like_log);
  File damaged = test::make_ese_log({}).file;
  damaged[100] ^= std::byte{1};
  EseLogCheck log("E00.log", damaged.size(), budget, found);
  test::check_in_order(log, damaged);
  EXPECT_TRUE(log.facts().looks_like_log);
  EXPECT_FALSE(log.facts().has_header());
}

TEST(EseCheckpointCheck, IsWhatItIsAtOnce) {
  const File sound = test::make_ese_checkpoint(LgPos{.byte = 1, .sector = 2, .generation = 0x5C});
  for (std::uint64_t round = 0; round < 60; ++round) {
    File file = sound;
    if (round % 3 != 0) file[(round * 397) % file.size()] ^= std::byte{4};
    if (round % 5 == 4) file[(round * 1021) % file.size()] ^= std::byte{2};
    EseCheckpointCheck check("E00.chk", file.size(), std::make_shared<EseByteBudget>());
    test::check_shuffled(check, file, round, 5);
    const EseCheckpointReading whole = read_ese_checkpoint(file);
    EXPECT_EQ(check.facts().reading.status, whole.status) << round;
    EXPECT_EQ(print(check.facts().reading.problems), print(whole.problems)) << round;
    EXPECT_EQ(check.facts().reading.header.checkpoint, whole.header.checkpoint);
  }
}

TEST(EseFlushMapCheck, IsWhatItIsAtOnce) {
  TINTYPE_NEED_SAMPLES(samples);
  const File sound = test::read_sample(samples / "ese/srum-dirty/SRUDB.jfm");
  for (std::uint64_t round = 0; round < 60; ++round) {
    File file = sound;
    if (round % 3 != 0) file[(round * 397) % file.size()] ^= std::byte{4};
    if (round % 5 == 4) file[8192 + (round * 1021) % 8192] ^= std::byte{2};
    if (round % 7 == 6) file.resize(file.size() - 512 * (round % 16));
    EseFlushMapCheck check("SRUDB.jfm", file.size(), std::make_shared<EseByteBudget>());
    const FileReport report = test::check_shuffled(check, file, round, 5);
    const EseFlushMap whole(file);
    EXPECT_EQ(check.facts().header_is_sound, whole.header_is_sound()) << round;
    EXPECT_EQ(print(check.facts().problems), print(whole.problems())) << round;
    EXPECT_EQ(check.facts().pages, whole.pages()) << round;
    EXPECT_EQ(report.sound(), only_warnings(whole.problems())) << round;
  }
}

}  // namespace
}  // namespace tintype
