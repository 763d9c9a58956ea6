// `bench` in-process: its options, its tables, and that it writes where it may.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/tools/session/fake_env.h"
#include "tools/text/bench_text.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::FakeEnv;
using test::TempDir;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class Bench : public testing::Test {
 protected:
  std::string refusal_of(std::vector<std::string> words) {
    words.insert(words.begin(), "bench");
    EXPECT_EQ(fake_.run(words), 2) << fake_.out.str();
    return fake_.err.str();
  }
  static void expect_80_columns(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
  }
  TempDir dir_;
  FakeEnv fake_;
};

TEST_F(Bench, WrongWordsAreToldInOneLine) {
  EXPECT_THAT(refusal_of({}), HasSubstr("kernels|device|copy|compare is missing"));
  EXPECT_THAT(refusal_of({"disk"}),
              HasSubstr("\"disk\" is none of kernels, device, copy, compare"));
  EXPECT_THAT(refusal_of({"kernels", "x"}), HasSubstr("it is: tintype bench kernels"));
  EXPECT_THAT(refusal_of({"kernels", "--bs", "4k"}), HasSubstr("--bs is not for bench kernels"));
  EXPECT_THAT(refusal_of({"copy", "v"}), HasSubstr("--to is missing"));
  EXPECT_THAT(refusal_of({"copy", "v", "--to", ".", "--rw", "read"}), HasSubstr("--rw is not for"));
  EXPECT_THAT(refusal_of({"copy", "v", "--to", ".", "--iodepth", "1,2"}), HasSubstr("one number"));
  EXPECT_THAT(refusal_of({"device", "--bs", "4k,5000"}), HasSubstr("\"5000\" is no power of two"));
  EXPECT_THAT(refusal_of({"device", "--bs", "4k,"}), HasSubstr("\"\" is no power of two"));
  EXPECT_THAT(refusal_of({"device", "--rw", "trim"}), HasSubstr("none of read, randread"));
  EXPECT_THAT(refusal_of({"device", "--iodepth", "1,65"}), HasSubstr("no number from 1 to 64"));
  EXPECT_THAT(refusal_of({"device", "--runs", "0"}), HasSubstr("no number from 1 to 1000"));
  EXPECT_THAT(refusal_of({"compare", "a"}), HasSubstr("it is: tintype bench compare A B"));
  EXPECT_THAT(refusal_of({"compare", "a", "b", "--runs", "3"}), HasSubstr("--runs is not for"));
}

TEST_F(Bench, OtherCommandsVariablesAreNoMistake) {
  fake_.variables = {{"TINTYPE_TO", "/repo"}, {"TINTYPE_YES", "1"}, {"TINTYPE_IODEPTH", "4"}};
  EXPECT_EQ(fake_.run({"bench", "device", dir_.path(), "--size", "64k", "--bs", "64k", "--rw",
                       "read", "--runs", "1"}),
            0)
      << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("read bs=64KiB iodepth=4"));
}

TEST_F(Bench, ADeviceBenchTellsAndWritesItsResults) {
  const std::vector<std::string> words{"bench", "device",   dir_.path(),    "--size",
                                       "256k",  "--bs",     "4k,64k",       "--runs",
                                       "2",     "--output", dir_ / "a.json"};
  ASSERT_EQ(fake_.run(words), 0) << fake_.err.str();
  EXPECT_THAT(fake_.out.str(), HasSubstr("randread bs=4KiB iodepth=16"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("p99 ms"));
  expect_80_columns(fake_.out.str());
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), {}), 1);
  EXPECT_EQ(fake_.run(words), 2) << "results are not overwritten";
  EXPECT_THAT(fake_.err.str(), HasSubstr("a.json exists"));

  ASSERT_EQ(fake_.run({"bench", "compare", dir_ / "a.json", dir_ / "a.json"}), 0);
  EXPECT_THAT(fake_.out.str(), HasSubstr("too few runs to tell"));
  ASSERT_EQ(fake_.run({"bench", "compare", dir_ / "a.json", dir_ / "a.json", "--json"}), 0);
  const std::string out = fake_.out.str();
  const Json summary = Json::parse(out.substr(out.rfind('\n', out.size() - 2) + 1));
  EXPECT_EQ(summary["comparisons"].size(), 16u);
  EXPECT_NEAR(summary["comparisons"][0]["ratio"], 1, 1e-9);
}

TEST_F(Bench, ACopyBenchGivesJsonAndCleansUp) {
  test::write_file(dir_ / "volume", test::random_bytes(1 << 20));
  fs::create_directory(dir_ / "to");
  ASSERT_EQ(fake_.run({"bench", "copy", dir_ / "volume", "--to", dir_ / "to", "--runs", "1",
                       "--only", "backup lz4", "--json"}),
            0)
      << fake_.err.str();
  const std::string out = fake_.out.str();
  const Json summary = Json::parse(out.substr(out.rfind('\n', out.size() - 2) + 1));
  EXPECT_EQ(summary["type"], "summary");
  EXPECT_EQ(summary["results"]["runs"].size(), 3u);
  EXPECT_EQ(summary["results"]["runs"]["tintype backup lz4"][0]["bytes"], 1 << 20);
  EXPECT_TRUE(fs::is_empty(dir_ / "to"));
}

TEST_F(Bench, ADeviceIsNotWrittenToWithoutAYes) {
  const auto content = test::random_bytes(2 << 20);
  test::write_file(dir_ / "backing", content);
  auto loop = test::LoopDevice::attach(dir_ / "backing");
  if (!loop) GTEST_SKIP() << loop.error();
  const std::vector<std::string> words{"bench",  "device", loop->path(), "--rw", "write",
                                       "--size", "1MiB",   "--runs",     "1"};
  EXPECT_EQ(fake_.run(words), 2);
  EXPECT_THAT(fake_.err.str(), HasSubstr("not confirmed"));
  fake_.be_terminal();
  fake_.in.str("y\n");
  EXPECT_EQ(fake_.run(words), 2);
  EXPECT_THAT(fake_.err.str(), HasSubstr("ALL DATA on the device"));
  EXPECT_EQ(fake_.run({"bench", "device", loop->path(), "--size", "1MiB", "--runs", "1"}), 0);
  EXPECT_EQ(test::run_command("cmp " + loop->path() + " " + (dir_ / "backing")).exit_code, 0);
  EXPECT_EQ(test::read_file(dir_ / "backing"), content);
  fake_.in.clear();
  fake_.in.str("yes\n");
  EXPECT_EQ(fake_.run(words), 0) << fake_.err.str();
}

TEST_F(Bench, TablesFitWhateverTheNames) {
  BenchResults results{.kind = "copy", .subject = "a\x1b[31mb"};
  results.machine.processor = "CPU";
  for (const std::string& name :
       {std::string(200, 'x'),
        std::string("tintype backup auto --no-read-back --no-database-check"),
        std::string("\x1b[2J")})
    results.method(name).runs = {{.wall_seconds = 1234.5, .cpu_seconds = 99, .bytes = 1 << 30}};
  results.warnings = {std::string(30, 'w') + " " + std::string(60, 'v')};
  for (const char* kind : {"copy", "device"}) {
    results.kind = kind;
    const std::string text = bench_text(results);
    expect_80_columns(text);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    if (results.kind == "copy") {
      EXPECT_THAT(text, HasSubstr("backup auto --no-read-back --no-database-check"));
    }
  }
}

}  // namespace
}  // namespace tintype
