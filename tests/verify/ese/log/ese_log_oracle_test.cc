// The independent checker walks logs, checkpoints and flush maps as we do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "support/ese_log_generator.h"
#include "tests/verify/ese/page/oracle.h"
#include "verify/ese/log/ese_checkpoint.h"
#include "verify/ese/log/ese_flush_map.h"
#include "verify/ese/log/ese_log_header.h"
#include "verify/ese/log/ese_log_segments.h"
#include "verify/ese/log/ese_log_v7.h"

namespace tintype {
namespace {

void expect_equal_log(const std::string& line, const std::vector<std::byte>& file) {
  SCOPED_TRACE(line);
  const EseLogHeaderReading reading = read_ese_log_header(file, file.size());
  ASSERT_EQ(reading.status == EseLogHeaderReading::Status::sound,
            !test::contains(line, "HEADER CORRUPT"));
  if (reading.status != EseLogHeaderReading::Status::sound) return;
  EXPECT_EQ(reading.problems.empty(), !test::contains(line, "SIZE MISMATCH"));
  if (reading.header.version_major == 7) {
    const EseLogRecords ours = check_ese_log_v7(file, reading.header);
    EXPECT_EQ(ours.checksums, test::number_after(line, "good"));
    EXPECT_EQ(!ours.problems.empty(), test::contains(line, "CORRUPT"));
    return;
  }
  const EseLogSegments ours = check_ese_log_segments(file, reading.header);
  EXPECT_EQ(ours.slots, test::number_after(line, "segs"));
  EXPECT_EQ(ours.good, test::number_after(line, "good"));
  EXPECT_EQ(ours.empty, test::number_after(line, "zero"));
  EXPECT_EQ(ours.stale, test::number_after(line, "stale"));
  EXPECT_EQ(ours.shadows, test::number_after(line, "shadow"));
  EXPECT_EQ(ours.last_good, test::number_after(line, "last"));
  EXPECT_TRUE(test::contains(line, fmt::format(" acc={:016x} ", ours.accumulated_checksum)));
  EXPECT_EQ(ours.torn != 0 && !test::contains(line, "CORRUPT"), test::contains(line, "PATCHABLE"));
  for (const EseProblem& problem : ours.problems) {
    const std::uint64_t slot = problem.finding.file_offset / 4096;
    std::string expected;
    if (problem.finding.error_number == -501)
      expected = fmt::format("CORRUPT {} @{}", problem.name, slot);
    if (problem.finding.error_number == -612) expected = fmt::format("backup-verify-bad=[{}", slot);
    EXPECT_TRUE(test::contains(line, expected)) << expected;
  }
  EXPECT_EQ(std::ranges::any_of(ours.problems,
                                [](const EseProblem& p) { return p.finding.error_number == -501; }),
            test::contains(line, "CORRUPT"));
  EXPECT_EQ(std::ranges::any_of(ours.problems,
                                [](const EseProblem& p) { return p.finding.error_number == -612; }),
            test::contains(line, "backup-verify-bad"));
}

TEST(EseLogOracle, WalksEverySampleLogAsWeDo) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  for (const char* folder : {"srum-dirty", "srum-clean"}) {
    const std::filesystem::path stream = samples / "ese" / folder;
    std::string files;
    for (const auto& entry : std::filesystem::directory_iterator(stream))
      if (entry.path().extension() != ".dat") files += " " + entry.path().string();
    const std::string output = test::run_command(oracle + files).output;
    const auto logs = test::lines_of(output, "LOG");
    EXPECT_GE(logs.size(), 4u);
    for (const auto& [name, line] : logs) expect_equal_log(line, test::read_sample(stream / name));
    for (const auto& [name, line] : test::lines_of(output, "CHK"))
      EXPECT_EQ(read_ese_checkpoint(test::read_sample(stream / name)).problems.empty(),
                test::contains(line, "-> OK"));
    for (const auto& [name, line] : test::lines_of(output, "JFM")) {
      const auto file = test::read_sample(stream / name);
      const EseFlushMap map(file);
      EXPECT_EQ(map.pages().sound, test::number_after(line, "ok"));
      EXPECT_EQ(map.pages().uninitialised, test::number_after(line, "uninit"));
      EXPECT_EQ(map.pages().bad_checksum, test::number_after(line, "bad"));
    }
  }
}

void damage_slot(std::vector<std::byte>& file, std::size_t slot, std::mt19937_64& random) {
  const auto bytes = std::span(file).subspan(slot * 4096, 4096);
  switch (random() % 5) {
    case 0:
      bytes[random() % 4096] ^= std::byte{16};
      break;
    case 1:
      std::ranges::fill(bytes, std::byte{0});
      break;
    case 2:
      for (std::byte& b : bytes.first(100)) b = static_cast<std::byte>(random());
      break;
    case 3:
      std::ranges::copy(std::span(file).subspan((slot - 1) * 4096, 4096), bytes.begin());
      break;
    default: {  // of the generation before, of this one, or of the next
      const auto other = test::make_ese_log(
          {.generation = 19 + static_cast<std::int32_t>(random() % 3), .segments = 30});
      std::ranges::copy(std::span(other.file).subspan(slot * 4096, 4096), bytes.begin());
    }
  }
}

TEST(EseLogOracle, WalksDamagedLogsAsWeDo) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  const test::TempDir dir;
  std::mt19937_64 random(99);
  std::map<std::string, std::vector<std::byte>> generated;
  std::string files;
  for (int i = 0; i < 300; ++i) {
    std::vector<std::byte> file;
    if (i % 5 == 4) {
      file = test::make_ese_log_v7(7, 1 + static_cast<std::uint32_t>(random() % 10), random());
      if (i % 2 == 0) file[4096 + random() % 8000] ^= std::byte{4};
    } else {
      const auto segments = static_cast<std::uint16_t>(random() % 31);
      file = test::make_ese_log({.generation = 20,
                                 .segments = segments,
                                 .tail = static_cast<test::EseLogTail>(random() % 3)})
                 .file;
      for (auto damages = random() % 3; damages != 0; --damages)
        damage_slot(file, 1 + random() % 31, random);
      if (random() % 20 == 0) file[random() % 4096] ^= std::byte{1};
    }
    const std::string name = fmt::format("log{}.log", i);
    test::write_file(dir / name, file);
    files += " " + (dir / name);
    generated[name] = std::move(file);
  }
  const auto theirs = test::lines_of(test::run_command(oracle + files).output, "LOG");
  ASSERT_EQ(theirs.size(), generated.size());
  for (const auto& [name, line] : theirs) {
    expect_equal_log(line, generated.at(name));
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace tintype
