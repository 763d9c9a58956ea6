// The backup that cron starts every night: what the nights before it left, and what must be told
// before it begins rather than at its end.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/manifest/set_name.h"
#include "engine/repository/left_overs.h"
#include "support/child_program.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/strace.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ChildProgram;
using test::json_summary;
using test::ProgramOutcome;
using test::run_program;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class NightlyJob : public testing::Test {
 protected:
  std::string volume(std::size_t bytes = 8 << 20, const std::string& name = "mail.img") {
    test::write_file(dir_ / name, test::random_bytes(bytes));
    return dir_ / name;
  }
  // Killed in the middle of its pass.
  void killed_night(const std::string& source) {
    ChildProgram child({TINTYPE_PROGRAM, "backup", source, "--to", repo_, "--serial", "--json",
                        "--limit-read", "4MiB/s"});
    ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.out() << child.err();
    child.signal(SIGKILL);
    child.wait();
  }
  std::vector<std::string> folders() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(repo_ + "/sets"))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
  std::size_t unfinished() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        folders(), [](const auto& name) { return name.ends_with(".partial"); }));
  }

  test::TempDir dir_;
  const std::string repo_ = test::repository_at(dir_ / "repo");
};

TEST_F(NightlyJob, ClearsAwayWhatAKilledNightOfTheSameSourceLeft) {
  const std::string source = volume(32 << 20), other = volume(32 << 20, "other.img");
  killed_night(source);
  killed_night(other);
  ASSERT_EQ(unfinished(), 2u);
  const ProgramOutcome night = run_program({"backup", source, "--to", repo_, "-q"});
  EXPECT_EQ(night.code, 0) << night.err;
  EXPECT_THAT(night.err, HasSubstr("removed the unfinished set "));
  EXPECT_THAT(night.err, HasSubstr("of other sources, stays"));
  EXPECT_THAT(night.err, HasSubstr("--remove-unfinished removes it"));
  EXPECT_EQ(unfinished(), 1u) << "that of the other source";
  for (const auto& entry : fs::recursive_directory_iterator(repo_ + "/sets"))
    if (entry.path().native().find(".partial") == std::string::npos) {
      EXPECT_THAT(entry.path().filename().string(), Not(testing::AnyOf("lock", "begun.json")));
    }
}

TEST_F(NightlyJob, ADiskThatWasFullIsNotFullForEver) {
  auto disk = test::TinyTmpfs::mount(dir_ / "disk", 12 << 20);
  if (!disk) GTEST_SKIP() << disk.error();
  const std::string repo = test::repository_at(dir_ / "disk/repo"),
                    large = volume(16 << 20, "large.img");
  const ProgramOutcome full =
      run_program({"backup", "mail=" + large, "--to", repo, "-q", "--compress", "none"});
  EXPECT_EQ(full.code, 1);
  EXPECT_THAT(full.err, HasSubstr("may not have enough room"));
  EXPECT_THAT(full.err, HasSubstr("the unfinished set "));
  EXPECT_THAT(full.err, HasSubstr("tintype versions " + repo + " --remove-unfinished"));
  fs::resize_file(large, 8 << 20);
  const ProgramOutcome next = run_program({"backup", "mail=" + large, "--to", repo, "-q"});
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("removed the unfinished set "));
}

TEST_F(NightlyJob, ADryRunTellsWhatItWouldClearAwayAndDoesNot) {
  const std::string source = volume(32 << 20);
  killed_night(source);
  const ProgramOutcome dry = run_program({"backup", source, "--to", repo_, "--dry-run"});
  EXPECT_EQ(dry.code, 0);
  EXPECT_THAT(dry.err, HasSubstr("would be removed"));
  EXPECT_EQ(unfinished(), 1u);
}

TEST_F(NightlyJob, WithoutLocksNothingIsRemovedAndThatIsSaid) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const std::string source = volume(32 << 20);
  killed_night(source);
  for (const char* error : {"ENOLCK", "EOPNOTSUPP"}) {
    const auto night = test::run_under_strace(
        std::string("-f -e trace=flock -e inject=flock:error=") + error,
        std::string("'") + TINTYPE_PROGRAM + "' backup '" + source + "' --to '" + repo_ + "' -q");
    EXPECT_EQ(night.exit_code, 0) << night.output;
    EXPECT_THAT(night.output, HasSubstr("has no locks: nobody can tell whether this backup runs"));
    EXPECT_THAT(night.output,
                HasSubstr("has no locks, so nobody can tell whether its backup runs"));
    EXPECT_EQ(unfinished(), 1u);
  }
}

TEST_F(NightlyJob, TheReportOfTheNightBeforeIsReplaced) {
  const std::string source = volume(), page = dir_ / "last.html";
  for (int night = 0; night < 3; ++night) {
    const ProgramOutcome outcome =
        run_program({"backup", source, "--to", repo_, "--report", page, "-q"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("report")));
    std::ifstream in(page);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_THAT(text, HasSubstr(folders().back())) << "it tells of this night";
  }
  EXPECT_FALSE(fs::exists(page + ".partial"));
}

TEST_F(NightlyJob, AReportThatCannotBeWrittenCostsNoBackup) {
  const std::string source = volume();
  const std::string precious = dir_ / "precious.html";
  test::write_file(precious, test::random_bytes(100));
  fs::create_symlink(precious, dir_ / "link.html");
  std::size_t sets = 0;
  for (const std::string& page :
       {dir_ / "no/where.html", std::string("/proc/page.html"), precious, dir_ / "link.html",
        dir_.path().string(), std::string("/dev/null"), source}) {
    const ProgramOutcome outcome =
        run_program({"backup", source, "--to", repo_, "--report", page, "-q", "--json"});
    EXPECT_EQ(outcome.code, 0) << page << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("there will be no report: ")) << page;
    EXPECT_THAT(outcome.err, HasSubstr("there is no report: ")) << page;
    EXPECT_TRUE(json_summary(outcome.out).contains("report_problem")) << page;
    EXPECT_EQ(folders().size(), ++sets) << page;
  }
  EXPECT_EQ(fs::file_size(precious), 100u);
  EXPECT_TRUE(fs::is_symlink(dir_ / "link.html"));
  EXPECT_EQ(fs::file_size(source), 8u << 20) << "the volume is no page either";
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(NightlyJob, OtherCommandsReportsCostNothingEither) {
  const std::string source = volume();
  ASSERT_EQ(run_program({"backup", source, "--to", repo_, "-q"}).code, 0);
  const ProgramOutcome verify =
      run_program({"verify", repo_, "--report", dir_ / "no/where.html", "-q"});
  EXPECT_EQ(verify.code, 0);
  EXPECT_THAT(verify.err, HasSubstr("there is no report: "));
  const ProgramOutcome copy =
      run_program({"copy", source, dir_ / "copy.img", "--report", dir_ / "no/where.html", "-q"});
  EXPECT_EQ(copy.code, 0);
  EXPECT_THAT(copy.err, HasSubstr("there is no report: "));
  const ProgramOutcome bench =
      run_program({"bench", "kernels", "--runs", "1", "--report", dir_ / "no/where.html"});
  EXPECT_EQ(bench.code, 1) << "a bench has nothing else to show";
}

TEST_F(NightlyJob, LongNamesAreShortenedAndTold) {
  const std::string name = std::string(240, 'L') + ".vhdx.img";
  test::write_file(dir_ / name, test::random_bytes(5000));
  for (int night = 0; night < 2; ++night) {
    const ProgramOutcome outcome = run_program({"backup", dir_ / name, "--to", repo_, "--json"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("too long a name for an image"));
    const auto summary = json_summary(outcome.out);
    const auto image = summary["volumes"][0]["image"].get<std::string>();
    EXPECT_TRUE(image.starts_with("LLLL") && image.ends_with(".img.tint")) << image;
    EXPECT_TRUE(fs::exists(summary["path"].get<std::string>() + "/" + image));
  }
  const ProgramOutcome restore =
      run_program({"restore", repo_ + "::" + folders().back(), "--to", dir_ / "out", "-q"});
  EXPECT_EQ(restore.code, 0) << restore.err;
}

TEST_F(NightlyJob, WhatCanNeverTruncateIsRefusedBeforeThePass) {
  const std::string source = volume();
  test::write_file(dir_ / "file", {});
  fs::create_directory(dir_ / "live");
  const auto refused = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"backup", source, "--to", repo_, "--full"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramOutcome outcome = run_program(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(folders(), ElementsAre());
    return outcome.err;
  };
  EXPECT_THAT(refused({"--all-databases", "--truncate", dir_ / "nowhere"}),
              HasSubstr("No such file or directory"));
  EXPECT_THAT(refused({"--all-databases", "--truncate", dir_ / "file"}),
              HasSubstr("is not a folder"));
  EXPECT_THAT(refused({"--truncate", dir_ / "live"}), HasSubstr("need --all-databases"));
  EXPECT_THAT(refused({"--on-confirm", "true"}), HasSubstr("need --all-databases"));
  EXPECT_THAT(refused({"--all-databases", "--on-confirm", "true", "--no-read-back"}),
              HasSubstr("not read back"));
  EXPECT_THAT(refused({"--all-databases", "--on-confirm", "true", "--no-database-check"}),
              HasSubstr("not checked"));
}

TEST_F(NightlyJob, ALostHeadComesBackByInit) {
  const std::string source = volume();
  ASSERT_EQ(run_program({"backup", source, "--to", repo_, "-q"}).code, 0);
  fs::remove(repo_ + "/tintype.json");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"versions", repo_},
                                                {"backup", source, "--to", repo_},
                                                {"verify", repo_},
                                                {"show", repo_},
                                                {"remove", repo_ + "::x"},
                                                {"init", repo_}})
    EXPECT_THAT(run_program(words).err, HasSubstr("tintype init " + repo_ + " --adopt"))
        << words[0];
  const ProgramOutcome adopted = run_program({"init", repo_, "--adopt"});
  EXPECT_EQ(adopted.code, 0) << adopted.err;
  EXPECT_THAT(adopted.out, HasSubstr("with its 1 backup set"));
  EXPECT_EQ(run_program({"verify", repo_}).code, 0);
  EXPECT_EQ(run_program({"init", repo_, "--adopt"}).code, 1);
}

TEST_F(NightlyJob, RemovesASetOnlyWhenToldAndNeverTheLastSoundOneUnasked) {
  const std::string source = volume();
  ASSERT_EQ(run_program({"backup", source, "--to", repo_, "-q"}).code, 0);
  const std::string old = folders().front(), selected = repo_ + "::" + old;
  const ProgramOutcome last = run_program({"remove", selected, "--yes"});
  EXPECT_EQ(last.code, 2);
  EXPECT_THAT(last.err, HasSubstr("is the last sound backup of " + source));
  EXPECT_THAT(last.err, HasSubstr("--even-the-last"));
  ASSERT_EQ(run_program({"backup", source, "--to", repo_, "-q"}).code, 0);
  EXPECT_EQ(run_program({"remove", selected}).code, 2) << "nobody said yes";
  EXPECT_EQ(run_program({"remove", repo_ + "::latest", "--yes"}).code, 2);
  const ProgramOutcome dry = run_program({"remove", selected, "--dry-run"});
  EXPECT_EQ(dry.code, 0);
  EXPECT_THAT(dry.out, HasSubstr("would remove " + old));
  EXPECT_EQ(folders().size(), 2u);
  const ProgramOutcome removed = run_program({"remove", selected, "--yes", "--json"});
  EXPECT_EQ(removed.code, 0) << removed.err;
  const auto summary = json_summary(removed.out);
  EXPECT_EQ(summary["removed"], true);
  EXPECT_GE(summary["freed_bytes"].get<std::uint64_t>(), 8u << 20);
  EXPECT_EQ(folders().size(), 1u);
  // It is gone: the same again takes nothing else, not even what begins like it.
  EXPECT_NE(run_program({"remove", selected, "--yes", "--even-the-last"}).code, 0);
  EXPECT_EQ(folders().size(), 1u);
  const std::string beginning = folders().front().substr(0, 12);
  EXPECT_EQ(run_program({"remove", repo_ + "::" + beginning, "--yes", "--even-the-last"}).code, 2);
  EXPECT_EQ(
      run_program({"remove", repo_ + "::" + folders().front(), "--yes", "--even-the-last"}).code,
      0);
  EXPECT_THAT(folders(), ElementsAre());
}

// At any system call that changes a name: the set is whole, or unfinished and cleared away by the
// next backup; never a finished one that lacks something.
TEST_F(NightlyJob, ARemovalKilledAnywhereLeavesNoDamagedSet) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  const std::string source = volume(1 << 20);
  for (const char* call : {"renameat2", "unlinkat", "fsync"})
    for (int nth = 1; nth <= 3; ++nth) {
      const auto made = json_summary(run_program({"backup", source, "--to", repo_, "--json"}).out);
      const auto set = made["set"].get<std::string>();
      static_cast<void>(test::run_under_strace(std::string("-f -e trace=") + call +
                                                   " -e inject=" + call +
                                                   ":signal=KILL:when=" + std::to_string(nth),
                                               std::string("'") + TINTYPE_PROGRAM + "' remove '" +
                                                   repo_ + "::" + set + "' --yes --even-the-last"));
      EXPECT_EQ(run_program({"versions", repo_}).code, 0) << call << nth;
      if (fs::exists(repo_ + "/sets/" + set)) {
        EXPECT_EQ(run_program({"verify", repo_ + "::" + set}).code, 0) << call << nth;
        EXPECT_EQ(run_program({"remove", repo_ + "::" + set, "--yes", "--even-the-last"}).code, 0);
      }
      EXPECT_EQ(run_program({"backup", source, "--to", repo_, "-q"}).code, 0);
      EXPECT_EQ(unfinished(), 0u) << call << nth;
    }
}

}  // namespace
}  // namespace tintype
