// Limits of the built program, and changing them while it runs.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/changed_environment.h"
#include "support/child_program.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;
using test::ChildProgram;
using test::json_summary;
using test::program_words;
using test::ProgramOutcome;
using test::run_program;
using test::TempDir;
using ::testing::HasSubstr;

class Limit : public testing::Test {
 protected:
  void SetUp() override { test::write_file(volume_, test::random_bytes(16 << 20)); }

  static Json jobs() { return json_summary(run_program({"limit", "--json"}).out)["jobs"]; }

  TempDir dir_;
  const test::ChangedEnvironment jobs_{"TINTYPE_JOB_FOLDER", dir_ / "jobs"};
  std::string volume_ = dir_ / "volume";
};

TEST_F(Limit, ACopyTakesItsTimeAndSaysWhatLimitedIt) {
  for (const char* flag : {"--limit-read", "--limit-write"}) {
    fs::remove(dir_ / "target");
    const ProgramOutcome copy =
        run_program({"copy", volume_, dir_ / "target", flag, "16MiB/s", "--json"});
    ASSERT_EQ(copy.code, 0) << copy.err;
    const Json summary = json_summary(copy.out);
    EXPECT_GE(summary["pass_seconds"], 0.99);
    EXPECT_EQ(summary["limiting"], std::string(flag).substr(8) + "-limit");
    EXPECT_EQ(test::read_file(dir_ / "target"), test::read_file(volume_));
  }
}

TEST_F(Limit, IsChangedWhileTheJobRuns) {
  ChildProgram copy(
      program_words({"copy", volume_, dir_ / "target", "--limit-read", "1MiB/s", "--json"}));
  ASSERT_TRUE(copy.wait_for_output("\"read_bytes\"")) << copy.err();
  const Json running = jobs();
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0]["command"], "copy");
  EXPECT_EQ(running[0]["volume"], volume_);
  EXPECT_EQ(running[0]["read_limit"], 1 << 20);
  EXPECT_EQ(running[0]["write_limit"], 0);
  const std::string job = std::to_string(running[0]["pid"].get<int>());

  const ProgramOutcome slower = run_program({"limit", job, "--write", "2MiB/s"});
  EXPECT_EQ(slower.code, 0) << slower.err;
  EXPECT_THAT(slower.out, HasSubstr("limits: read 1 MiB/s, write 2 MiB/s"));
  const ProgramOutcome wrong = run_program({"limit", job, "50"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("lacks its unit: 50MiB/s?"));

  const auto lifted_at = Clock::now();
  const ProgramOutcome lifted = run_program({"limit", job, "none"});
  EXPECT_EQ(lifted.code, 0) << lifted.err;
  EXPECT_THAT(lifted.out, HasSubstr("limits: read none, write none"));
  EXPECT_EQ(copy.wait(), 0) << copy.err();
  EXPECT_LT(Clock::now() - lifted_at, 30s) << "64 MiB at 1 MiB/s take a minute";
  EXPECT_EQ(test::read_file(dir_ / "target"), test::read_file(volume_));
  EXPECT_TRUE(fs::is_empty(dir_ / "jobs"));
}

TEST_F(Limit, ABackupIsFoundByItsSetAndCanBeStoppedWhileHeldBack) {
  ChildProgram backup(program_words({"backup", volume_, "--to", test::repository_at(dir_ / "repo"),
                                     "--limit-write", "100kB/s", "--json"}));
  ASSERT_TRUE(backup.wait_for_output("\"read_bytes\"")) << backup.err();
  const Json running = jobs();
  ASSERT_EQ(running.size(), 1u);
  const std::string set = running[0]["set"];
  EXPECT_TRUE(fs::exists(dir_ / ("repo/sets/" + set + ".partial")));
  EXPECT_THAT(run_program({"limit", set, "--read", "3GB/s"}).out,
              HasSubstr("read 2.79 GiB/s, write 97.7"));
  backup.signal(SIGINT);
  const auto asked_at = Clock::now();
  EXPECT_EQ(backup.wait(), 130);
  EXPECT_LT(Clock::now() - asked_at, 10s);
}

TEST_F(Limit, WhatIsNotThereIsAnError) {
  const ProgramOutcome none = run_program({"limit"});
  EXPECT_EQ(none.code, 0) << none.err;
  EXPECT_EQ(none.out, "no job is running\n");
  const ProgramOutcome missing = run_program({"limit", "4711", "1MiB/s"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("no job 4711 is running"));
  EXPECT_EQ(run_program({"limit", "--read", "1MiB/s"}).code, 2);
}

TEST_F(Limit, AKilledJobIsForgotten) {
  {
    ChildProgram copy(
        program_words({"copy", volume_, dir_ / "target", "--limit-read", "1MiB/s", "--json"}));
    ASSERT_TRUE(copy.wait_for_output("\"read_bytes\""));
    copy.signal(SIGKILL);
    EXPECT_EQ(copy.wait(), 128 + SIGKILL);
  }
  EXPECT_FALSE(fs::is_empty(dir_ / "jobs"));
  EXPECT_EQ(run_program({"limit"}).out, "no job is running\n");
  EXPECT_TRUE(fs::is_empty(dir_ / "jobs"));
}

TEST_F(Limit, AFolderOpenToOthersIsNoReasonNotToCopy) {
  fs::create_directory(dir_ / "jobs");
  fs::permissions(dir_ / "jobs", fs::perms::all);
  const ProgramOutcome copy = run_program({"copy", volume_, dir_ / "target", "-v"});
  EXPECT_EQ(copy.code, 0);
  EXPECT_THAT(copy.err, HasSubstr("tintype limit cannot reach this job"));
}

TEST_F(Limit, NiceIsSeenFromOutside) {
  ChildProgram copy(program_words(
      {"copy", volume_, dir_ / "target", "--limit-read", "1MiB/s", "--nice", "idle", "--json"}));
  ASSERT_TRUE(copy.wait_for_output("\"read_bytes\"")) << copy.err();
  const std::string job = std::to_string(jobs().at(0)["pid"].get<int>());
  for (const auto& thread : fs::directory_iterator("/proc/" + job + "/task")) {
    const std::string id = thread.path().filename();
    EXPECT_EQ(test::run_command("ionice -p " + id).output, "idle\n");
    EXPECT_THAT(test::run_command("ps -o ni= -p " + job).output, HasSubstr("19"));
  }
}

}  // namespace
}  // namespace tintype
