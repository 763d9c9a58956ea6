// `check` and `inspect` beside the independent checker of the format facts: on every sample, and on
// a thousand generated files, about half of them damaged. Verdicts and counts must be the same.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/damaged_ese_files.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "tests/tools/session/fake_env.h"
#include "tests/verify/ese/page/oracle.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// All files of a folder in one process: starting Python takes longer than a file does.
constexpr const char* kDriver = R"(
import importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location('esecheck', sys.argv[1])
esecheck = importlib.util.module_from_spec(spec)
spec.loader.exec_module(esecheck)
wanted = ('type', 'verdict', 'hdr', 'hdrok', 'sizeok', 'copies', 'total', 'ok', 'uninit',
          'correctable', 'bad', 'wrongpgno', 'stale', 'shadow', 'bkbad', 'kind')
found = {}
for name in sorted(os.listdir(sys.argv[2])):
    result = esecheck.check(os.path.join(sys.argv[2], name))
    found[name] = {key: result[key] for key in wanted if key in result}
print(json.dumps(found, default=int))
)";

Json ask_oracle(const std::string& oracle, const std::string& folder) {
  const test::TempDir dir;
  std::ofstream(dir / "driver.py") << kDriver;
  const std::string script = oracle.substr(oracle.find(' ') + 1);
  const auto outcome =
      test::run_command("/usr/bin/python3 " + (dir / "driver.py ") + script + " " + folder);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  return Json::parse(outcome.output, nullptr, false);
}

// What the program says of each file, by its name.
std::map<std::string, Json> ask_program(const std::string& command, const std::string& folder,
                                        int& code) {
  std::vector<std::string> words{command, "--json"};
  for (const auto& entry : fs::directory_iterator(folder)) words.push_back(entry.path());
  test::FakeEnv fake;
  code = fake.run(words);
  const std::string out = fake.out.str();
  const auto end = out.find_last_not_of('\n');
  const Json summary = Json::parse(out.substr(out.rfind('\n', end) + 1), nullptr, false);
  EXPECT_EQ(summary.value("exit_code", -1), code);
  std::map<std::string, Json> found;
  for (const Json& file : summary.value("files", Json::array()))
    found[fs::path(file["file"].get<std::string>()).filename()] = file;
  return found;
}

// Whether the oracle finds nothing wrong, bits that a checksum locates aside.
bool is_good(const Json& theirs) {
  const std::string verdict = theirs["verdict"];
  if (verdict == "CORRECTABLE") return true;
  if (!verdict.starts_with("OK")) return false;
  return !test::contains(verdict, "backup-verify-bad") && !test::contains(verdict, "SIZE MISMATCH");
}

void expect_equal_pages(const Json& ours, const Json& theirs) {
  const Json& pages = ours["pages"];
  EXPECT_EQ(ours["pages_expected"], theirs["total"]);
  EXPECT_EQ(pages["seen"], theirs["total"]);
  // A page in the wrong place has a right checksum, and is counted twice there.
  EXPECT_EQ(pages["sound"].get<int>() + pages["wrong_place"].get<int>(), theirs["ok"]);
  EXPECT_EQ(pages["uninitialised"], theirs["uninit"]);
  EXPECT_EQ(pages["correctable"], theirs["correctable"]);
  EXPECT_EQ(pages["bad_checksum"], theirs["bad"]);
  EXPECT_EQ(pages["wrong_place"], theirs.value("wrongpgno", 0));
}

void expect_equal_segments(const Json& ours, const Json& theirs) {
  const Json& segments = ours["segments"];
  EXPECT_EQ(segments["good"], theirs["ok"]);
  if (ours["version"] == 7) return;
  // The oracle counts a flipped bit in a segment of an older log as well, which nobody reads.
  EXPECT_LE(segments["correctable"], theirs["correctable"]);
  if (theirs["stale"] == 0 && is_good(theirs)) {
    EXPECT_EQ(segments["correctable"], theirs["correctable"]);
  }
  EXPECT_EQ(segments["empty"], theirs["uninit"]);
  EXPECT_EQ(segments["stale"], theirs["stale"]);
  EXPECT_EQ(segments["shadow"], theirs["shadow"]);
  EXPECT_EQ(segments["bad"], theirs["bkbad"].size());
}

void expect_equal_check(const Json& ours, const Json& theirs) {
  const std::string type = theirs["type"];
  if (theirs["verdict"] == "ALL ZERO (reserve/new log)") {
    // A reserve is as it should be; a log of that name has lost all it held.
    EXPECT_EQ(ours["sound"], ours["stream_files"][0]["kind"] == "spare log");
    return;
  }
  // Of copies that differ none is damaged: a warning.
  EXPECT_EQ(ours["sound"], is_good(theirs) || theirs["verdict"] == "copies ok but differ");
  if (type == "db" && theirs["hdr"] == "corrupt") {
    EXPECT_EQ(ours["databases"][0]["findings"][0]["error"], -1206);
  } else if (type == "db") {
    ASSERT_EQ(ours["databases"].size(), 1u);
    expect_equal_pages(ours["databases"][0], theirs);
  } else if (type == "log") {
    ASSERT_EQ(ours["stream_files"].size(), 1u);
    const Json& log = ours["stream_files"][0];
    EXPECT_EQ(log["kind"], "log");
    EXPECT_EQ(log.contains("segments"), theirs["hdrok"].get<bool>());
    if (theirs["hdrok"].get<bool>()) expect_equal_segments(log, theirs);
  } else if (type == "jfm") {
    ASSERT_EQ(ours["stream_files"].size(), 1u);
    EXPECT_EQ(ours["stream_files"][0]["kind"], "flush map");
    expect_equal_pages(ours["stream_files"][0]["report"], theirs);
  } else if (type == "chk") {
    ASSERT_EQ(ours["stream_files"].size(), 1u);
    EXPECT_EQ(ours["stream_files"][0]["kind"], "checkpoint");
  } else {
    EXPECT_EQ(type, "unknown");
  }
}

void expect_equal_inspection(const Json& ours, const Json& theirs) {
  const std::string type = theirs["type"];
  if (type == "db") {
    EXPECT_EQ(ours["kind"], "database");
    // The oracle takes pages of 2 KiB that add up for a shadow header of 4 KiB.
    if (ours["page_bytes"] != 2048) {
      EXPECT_EQ(ours["sound"], theirs["hdr"] == "ok");
    }
  } else if (type == "log") {
    EXPECT_EQ(ours["kind"], "log");
    EXPECT_EQ(ours["sound"], theirs["hdrok"].get<bool>() && theirs["sizeok"].get<bool>());
  } else if (type == "chk") {
    EXPECT_EQ(ours["kind"], "checkpoint");
    EXPECT_EQ(ours["sound"], theirs["verdict"] == "OK");
    for (const int copy : {0, 1})
      EXPECT_EQ(!ours["sections"][copy]["fields"].empty(), theirs["copies"][copy].get<bool>());
  } else if (type == "jfm") {
    EXPECT_EQ(ours["kind"], "flush map");
    EXPECT_EQ(ours["sound"], theirs["hdrok"].get<bool>());
  }
}

void expect_agreement(const std::string& oracle, const std::string& folder, std::size_t files,
                      int expected_code) {
  const Json theirs = ask_oracle(oracle, folder);
  ASSERT_EQ(theirs.size(), files);
  int check_code = -1, inspect_code = -1;
  const auto checked = ask_program("check", folder, check_code);
  const auto inspected = ask_program("inspect", folder, inspect_code);
  EXPECT_EQ(check_code, expected_code);
  EXPECT_EQ(inspect_code, expected_code);
  ASSERT_EQ(checked.size(), files);
  ASSERT_EQ(inspected.size(), files);
  std::map<std::string, int> good, bad;
  for (const auto& [name, answer] : theirs.items()) {
    SCOPED_TRACE(name + ": " + answer.dump() + "\n" + checked.at(name).dump() + "\n" +
                 inspected.at(name).dump());
    expect_equal_check(checked.at(name), answer);
    expect_equal_inspection(inspected.at(name), answer);
    if (testing::Test::HasFailure()) return;
    ++(is_good(answer) ? good : bad)[answer["type"]];
  }
  if (expected_code == 0) return;
  // The comparison is worth something only if both verdicts are common in every kind.
  for (const char* type : {"db", "log", "chk", "jfm"}) {
    EXPECT_GE(good[type], 15) << type;
    EXPECT_GE(bad[type], 15) << type;
  }
}

TEST(CheckOracle, AgreesOnEverySample) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  const test::TempDir dir;
  std::size_t files = 0;
  const fs::path ese = samples / "ese";
  for (const auto& entry : fs::recursive_directory_iterator(ese)) {
    if (!entry.is_regular_file()) continue;
    // The folder goes in front, with a character that no name of a stream has.
    std::string name = entry.path().filename();
    if (entry.path().extension() == ".gz") name = entry.path().stem();
    const std::string folder = entry.path().parent_path().filename();
    fs::create_directories(dir / folder);
    test::write_file(dir / (folder + "/" + name), test::read_sample(entry.path()));
    ++files;
  }
  EXPECT_GE(files, 20u);
  for (const auto& folder : fs::directory_iterator(dir.path())) {
    const auto count = static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
    expect_agreement(oracle, folder.path(), count, 0);
  }
}

TEST(CheckOracle, AgreesOnAThousandDamagedFiles) {
  TINTYPE_NEED_ORACLE(samples, oracle);
  constexpr std::uint32_t kFiles = 1000;
  constexpr std::uint64_t kSeed = 20261123;
  const test::TempDir dir;
  for (std::uint32_t i = 0; i < kFiles; ++i) {
    const test::DamagedEseFile file = test::make_damaged_ese_file(i, kSeed);
    test::write_file(dir / file.name, file.content);
  }
  expect_agreement(oracle, dir.path(), kFiles, 3);
}

}  // namespace
}  // namespace tintype
