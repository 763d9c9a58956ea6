// The independent checker of the format facts must count what we count: on every sample, and on
// hundreds of generated and damaged databases.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "support/ese_generator.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "tests/verify/ese/page/check_runner.h"
#include "tests/verify/ese/page/oracle.h"
#include "verify/ese/ese_header.h"

namespace tintype {
namespace {

// What the oracle prints about one database.
struct OracleCounts {
  std::string header;  // "ok", "shadow-bad", "primary-bad", "corrupt"…
  std::uint64_t pages = 0, ok = 0, uninitialised = 0, correctable = 0, bad = 0, wrong_place = 0;
};

std::map<std::string, OracleCounts> parse(const std::string& output) {
  std::map<std::string, OracleCounts> counts;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("DB  ")) continue;
    const auto header = line.find("hdr=") + 4;
    counts[line.substr(4, line.find(' ', 4) - 4)] = {
        line.substr(header, line.find(' ', header) - header),
        test::number_after(line, "pages"),
        test::number_after(line, "ok"),
        test::number_after(line, "uninit"),
        test::number_after(line, "correctable"),
        test::number_after(line, "bad"),
        test::number_after(line, "wrongpgno")};
  }
  return counts;
}

void expect_equal(const OracleCounts& oracle, const FileReport& ours) {
  EXPECT_EQ(ours.pages_expected, oracle.pages);
  EXPECT_EQ(ours.pages.seen, oracle.pages);
  // A page in the wrong place has a right checksum, and is counted twice there.
  EXPECT_EQ(ours.pages.sound + ours.pages.wrong_place, oracle.ok);
  EXPECT_EQ(ours.pages.uninitialised, oracle.uninitialised);
  EXPECT_EQ(ours.pages.correctable, oracle.correctable);
  EXPECT_EQ(ours.pages.bad_checksum, oracle.bad);
  EXPECT_EQ(ours.pages.wrong_place, oracle.wrong_place);
}

void expect_equal_header(const std::string& oracle, const std::vector<std::byte>& file) {
  using Status = EseHeaderReading::Status;
  const Status ours =
      read_ese_header(std::span(file).first(std::min<std::size_t>(file.size(), 65536))).status;
  const Status expected = oracle == "ok"            ? Status::sound
                          : oracle == "primary-bad" ? Status::primary_bad
                          : oracle == "corrupt"     ? Status::corrupt
                                                    : Status::shadow_bad;
  EXPECT_EQ(ours, expected) << oracle;
}

// One damage of a page that no other damage of the file touches.
std::string random_damage(std::mt19937_64& random, std::uint64_t& next_page) {
  next_page += 1 + random() % 8;
  const std::string page = ":" + std::to_string(next_page);
  switch (random() % 9) {
    case 0:
      return "badchecksum" + page;
    case 1:
      return "flipbit" + page + ":" + std::to_string(random() % 300000);
    case 2:
      return "flipbit" + page + ":" + std::to_string(random() % 1024);
    case 3:
      return "zeropage" + page;
    case 4:
      return "swappages" + page + ":" + std::to_string(++next_page);
    case 5:
      return "wrongpgno" + page + ":" + std::to_string(random() % 100);
    case 6:
      return "garbagesector" + page + ":" + std::to_string(random() % 64);
    case 7:
      return "sector-lost" + page + ":" + std::to_string(random() % 64);
    default:
      return random() % 2 == 0 ? "header-primary" : "header-shadow";
  }
}

TEST(EseOracle, CountsEverySampleAsWeDo) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  const test::TempDir dir;
  std::map<std::string, FileReport> ours;
  std::string files;
  const std::filesystem::path ese = samples / "ese";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ese)) {
    if (!entry.is_regular_file()) continue;
    const auto content = test::read_sample(entry.path());
    if (!looks_like_ese(std::span(content).first(std::min<std::size_t>(content.size(), 65536))))
      continue;
    std::string name = std::filesystem::relative(entry.path(), ese).string();
    std::ranges::replace(name, '/', '-');
    test::write_file(dir / name, content);
    files += " " + (dir / name);
    ours[name] = test::check_whole(content);
  }
  const auto theirs = parse(test::run_command(oracle + files).output);
  EXPECT_GE(ours.size(), 8u);
  EXPECT_EQ(theirs.size(), ours.size());
  for (const auto& [name, report] : ours) {
    SCOPED_TRACE(name + ": " + test::print(report));
    ASSERT_TRUE(theirs.contains(name));
    expect_equal(theirs.at(name), report);
  }
}

TEST(EseOracle, CountsDamagedDatabasesAsWeDo) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  constexpr int kFiles = 240;
  const test::TempDir dir;
  std::mt19937_64 random(20261122);
  std::map<std::string, std::vector<std::byte>> generated;
  std::map<std::string, std::string> damages_of;
  std::string files;
  for (int i = 0; i < kFiles; ++i) {
    const std::uint32_t page_bytes = 2048u << (i % 5);
    const std::uint64_t pages = 20 + random() % 40;
    const test::EseDatabaseSpec spec{.file_bytes = pages * page_bytes + random() % 2 * 1024,
                                     .page_bytes = page_bytes,
                                     .checksums = static_cast<test::EseChecksumKind>(random() % 3),
                                     .fill = static_cast<test::EseFill>(random() % 3),
                                     .uninitialised_percent = static_cast<unsigned>(random() % 50),
                                     .seed = random()};
    auto file = test::EseDatabaseGenerator(spec).whole();
    const std::string name = "db" + std::to_string(i);
    for (std::uint64_t next_page = 0; next_page + 12 < pages;) {
      const std::string damage = random_damage(random, next_page);
      test::damage_ese(file, page_bytes, damage);
      damages_of[name] += damage + " ";
    }
    if (random() % 4 == 0) {
      test::damage_ese(file, page_bytes, "trailer");
      damages_of[name] += "trailer";
    }
    test::write_file(dir / name, file);
    files += " " + (dir / name);
    generated[name] = std::move(file);
  }
  const auto theirs = parse(test::run_command(oracle + files).output);
  ASSERT_EQ(theirs.size(), static_cast<std::size_t>(kFiles));
  int sound = 0;
  for (const auto& [name, file] : generated) {
    const auto check = test::open_check(file);
    const FileReport report =
        test::check_shuffled(*check, file, std::hash<std::string>{}(name), 30);
    SCOPED_TRACE(name + " " + damages_of[name] + ": " + test::print(report));
    const OracleCounts& oracle_counts = theirs.at(name);
    // The oracle takes pages of 2 KiB that add up for a shadow header of 4 KiB.
    if (report.page_bytes != 2048) expect_equal_header(oracle_counts.header, file);
    if (oracle_counts.header != "corrupt") expect_equal(oracle_counts, report);
    sound += report.sound() ? 1 : 0;
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_LT(sound, kFiles / 2);
}

}  // namespace
}  // namespace tintype
