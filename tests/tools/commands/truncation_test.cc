// Truncation as an administrator meets it: `backup --full --truncate`, its dry run, `truncate` and
// `--on-confirm`, on a volume that a real file system holds; what is said, what the exit code is,
// and which logs are there afterwards.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/make_repository.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/tools/json_summary.h"
#include "tests/tools/session/fake_env.h"
#include "verify/ese/log/ese_attachments.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr std::int32_t kFirst = 3, kCheckpoint = 7, kCurrent = 9;

class Truncation : public testing::Test {
 protected:
  void SetUp() override { make_server("good", {}); }

  // A server's folder, live, and an ext4 volume that holds it as a snapshot did. Logs 3 to 8 are
  // closed, 9 is current; the checkpoint stands at 7.
  void make_server(const std::string& name, const std::vector<std::string>& damages,
                   const std::vector<test::EseAttached>& attached = {}) {
    live_ = dir_ / name;
    fs::create_directories(live_);
    const test::EseDatabaseSpec spec{.file_bytes = 1 << 20,
                                     .page_bytes = 32768,
                                     .state = EseState::dirty_shutdown,
                                     .gen_min_required = kCheckpoint,
                                     .gen_max_required = kCurrent,
                                     .gen_max_committed = kCurrent};
    auto database = test::EseDatabaseGenerator(spec).whole();
    for (const std::string& damage : damages) test::damage_ese(database, spec.page_bytes, damage);
    test::write_file(live_ + "/DB1.edb", database);
    std::uint64_t previous = 0;
    for (std::int32_t generation = kFirst; generation <= kCurrent; ++generation) {
      auto log = test::make_ese_log(
          {.generation = generation, .slots = 16, .segments = 9, .previous_checksum = previous});
      previous = log.accumulated_checksum;
      if (generation == kCurrent)
        test::attach_ese_databases(log.file, kEseLogAttachmentsAt, attached);
      test::write_file(live_ + "/" + (generation == kCurrent ? "E00.log" : log_name(generation)),
                       log.file);
    }
    LgPos position{};
    position.generation = kCheckpoint;
    test::write_file(live_ + "/E00.chk", test::make_ese_checkpoint(position));
    volume_ = dir_ / (name + ".img");
    test::make_ext(volume_, 16 << 20, "-t ext4 -d " + live_);
  }
  static std::string log_name(std::int32_t generation) {
    return "E000000000" + std::to_string(generation) + ".log";
  }
  [[nodiscard]] std::set<std::int32_t> logs_left() const {
    std::set<std::int32_t> left;
    for (std::int32_t generation = kFirst; generation < kCurrent; ++generation)
      if (fs::exists(live_ + "/" + log_name(generation))) left.insert(generation);
    EXPECT_TRUE(fs::exists(live_ + "/E00.log"));
    EXPECT_TRUE(fs::exists(live_ + "/E00.chk"));
    return left;
  }
  int backup(std::vector<std::string> more) {
    std::vector<std::string> words{"backup", volume_, "--to", repository()};
    words.insert(words.end(), more.begin(), more.end());
    return fake_.run(words);
  }
  [[nodiscard]] std::string repository() const { return test::repository_at(dir_ / "repo"); }
  [[nodiscard]] Json summary() const { return test::json_summary(fake_.out.str()); }
  [[nodiscard]] std::string out() const { return fake_.out.str(); }

  const std::set<std::int32_t> all_{3, 4, 5, 6, 7, 8};
  test::TempDir dir_;
  std::string live_, volume_;
  test::FakeEnv fake_;
};

TEST_F(Truncation, AFullBackupThatIsSoundDeletesWhatTheCheckpointAllows) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_}), 0) << out();
  EXPECT_EQ(logs_left(), (std::set<std::int32_t>{7, 8}));
  EXPECT_THAT(out(), HasSubstr("event 224: 4 log files deleted"));
  EXPECT_EQ(fake_.run({"show", repository() + "::latest"}), 0);
  EXPECT_THAT(out(), HasSubstr("checkpoint"));
  EXPECT_THAT(out(), Not(HasSubstr("NOT MET")));
  // Once more: everything it covers is gone already.
  EXPECT_EQ(fake_.run({"truncate", repository() + "::latest", "--logs", live_, "--yes"}), 0);
  EXPECT_THAT(out(), HasSubstr("found finished"));
}

TEST_F(Truncation, SaysInJsonWhatItDidAndWhatTheStreamsAre) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_, "--json"}), 0);
  const Json json = summary();
  EXPECT_EQ(json["event"], 2006);
  ASSERT_EQ(json["streams"].size(), 1u);
  EXPECT_EQ(json["streams"][0]["base"], "E00");
  EXPECT_EQ(json["streams"][0]["verdict"], "recoverable");
  EXPECT_EQ(json["streams"][0]["gen_checkpoint"], kCheckpoint);
  EXPECT_EQ(json["gates"][0]["event"], 224);
  EXPECT_EQ(json["gates"][0]["truncate_from"], kFirst);
  EXPECT_EQ(json["gates"][0]["truncate_below"], kCheckpoint);
  EXPECT_EQ(json["confirmation"]["streams"][0]["deleted"].size(), 4u);
}

TEST_F(Truncation, WithoutAskingForItTheRangeIsToldAndNothingIsDeleted) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--json"}), 0);
  EXPECT_EQ(summary()["gates"][0]["truncate_below"], kCheckpoint);
  EXPECT_EQ(logs_left(), all_);
}

TEST_F(Truncation, ADryRunListsWhatWouldGoAndWritesNothing) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_, "--dry-run"}), 0);
  EXPECT_THAT(out(), HasSubstr("4 log files, E0000000003.log to"));
  EXPECT_EQ(logs_left(), all_);
  EXPECT_EQ(test::sets_in(repository()), 0u);
  EXPECT_EQ(backup({"--full", "--truncate", live_, "--dry-run", "--json"}), 0);
  EXPECT_EQ(summary()["would_go"][0]["logs"].size(), 4u);
  EXPECT_EQ(backup({"--full", "--truncate", dir_ / "nowhere", "--dry-run"}), 1);
}

TEST_F(Truncation, NobodySaidThatNoDatabaseIsLeftOut) {
  EXPECT_EQ(backup({"--full", "--truncate", live_}), 2);
  EXPECT_EQ(logs_left(), all_);
  EXPECT_THAT(fake_.err.str(), HasSubstr("--all-databases"));
  EXPECT_EQ(test::sets_in(repository()), 0u);
  EXPECT_EQ(backup({"--full"}), 0);
  EXPECT_THAT(out(), HasSubstr("--all-databases"));
}

TEST_F(Truncation, ADatabaseThatIsAttachedAndNotInTheBackupKeepsTheLogs) {
  Signature far{};
  far.random = 7;
  far.creation = {.second = 1, .minute = 1, .hour = 1, .day = 1, .month = 1, .year = 120};
  make_server("two-databases", {}, {{u"F:\\DB2.edb", far}});
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_}), 5);
  EXPECT_EQ(logs_left(), all_);
  EXPECT_THAT(out(), HasSubstr("F:\\DB2.edb"));
}

TEST_F(Truncation, OneBadPageKeepsTheLogsAndTheBackup) {
  make_server("damaged", {"badchecksum:5"});
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_}), 3) << out();
  EXPECT_EQ(logs_left(), all_);
  EXPECT_THAT(out(), HasSubstr("-1018, event 474"));
  EXPECT_THAT(out(), HasSubstr("logs must stay"));
  EXPECT_EQ(fake_.run({"show", repository() + "::latest"}), 0);
  EXPECT_THAT(out(), HasSubstr("NOT MET"));
}

TEST_F(Truncation, WhatWasNotReadBackPermitsNothing) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_, "--no-read-back"}), 2);
  EXPECT_EQ(logs_left(), all_);
  EXPECT_THAT(fake_.err.str(), HasSubstr("not read back"));
  EXPECT_EQ(backup({"--full", "--all-databases", "--no-read-back"}), 0);
  EXPECT_THAT(out(), HasSubstr("not read back"));
}

TEST_F(Truncation, OnlyAFullBackupMayAsk) {
  EXPECT_EQ(backup({"--truncate", live_}), 2);
  EXPECT_EQ(backup({"--copy", "--on-confirm", "true"}), 2);
  EXPECT_EQ(test::sets_in(repository()), 0u);
}

TEST_F(Truncation, TheConfirmingCommandDecidesFirst) {
  EXPECT_EQ(backup({"--full", "--all-databases", "--truncate", live_, "--on-confirm", "exit 9"}),
            5);
  EXPECT_EQ(logs_left(), all_);
  EXPECT_THAT(out(), HasSubstr("exit code 9"));
  EXPECT_EQ(backup({"--full", "--all-databases", "--on-confirm",
                    "echo $TINTYPE_TRUNCATE_FROM $TINTYPE_TRUNCATE_TO >" + (dir_ / "said")}),
            0);
  const auto said = test::read_file(dir_ / "said");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(said.data()), said.size()), "3 6\n");
  EXPECT_EQ(logs_left(), all_);
}

TEST_F(Truncation, LaterByItsOwnCommandAndOnlyWithAYes) {
  ASSERT_EQ(backup({"--full", "--all-databases"}), 0);
  const std::string set = repository() + "::latest";
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_}), 2);
  EXPECT_EQ(logs_left(), all_);
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--dry-run"}), 0);
  EXPECT_THAT(out(), HasSubstr("E0000000003.log"));
  EXPECT_EQ(logs_left(), all_);
  EXPECT_EQ(fake_.run({"truncate", repository(), "--logs", live_, "--yes"}), 2);
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--yes"}), 0);
  EXPECT_EQ(logs_left(), (std::set<std::int32_t>{7, 8}));
}

TEST_F(Truncation, ARottenImageKeepsAllLogs) {
  ASSERT_EQ(backup({"--full", "--all-databases", "--compress", "none"}), 0);
  const std::string set = repository() + "::latest";
  std::string image;
  for (const auto& entry : fs::recursive_directory_iterator(repository()))
    if (entry.path().extension() == ".tint") image = entry.path();
  auto bytes = test::read_file(image);
  bytes[bytes.size() / 2] ^= std::byte{1};
  test::write_file(image, bytes);
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--dry-run"}), 4);
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--yes"}), 4);
  EXPECT_THAT(out(), HasSubstr("is damaged"));
  EXPECT_THAT(out(), HasSubstr("logs stay"));
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--yes", "--json"}), 4);
  EXPECT_EQ(summary()["damage"].size(), 1u);
  // No trust helps against what was found.
  EXPECT_EQ(fake_.run({"truncate", set, "--logs", live_, "--yes", "--trust-verified", "7d"}), 4);
  EXPECT_EQ(logs_left(), all_);
}

TEST_F(Truncation, ReadsTheImageAgainUnlessARecordIsTrusted) {
  ASSERT_EQ(backup({"--full", "--all-databases"}), 0);
  const std::vector<std::string> ask{
      "truncate", repository() + "::latest", "--logs", live_, "--dry-run", "-v"};
  EXPECT_EQ(fake_.run(ask), 0);
  EXPECT_THAT(fake_.err.str(), Not(HasSubstr("believed")));
  auto trusting = ask;
  trusting.insert(trusting.end(), {"--trust-verified", "1h"});
  EXPECT_EQ(fake_.run(trusting), 0);
  EXPECT_THAT(fake_.err.str(), HasSubstr("believed"));
  EXPECT_EQ(logs_left(), all_);
}

TEST_F(Truncation, AServerThatWentBackKeepsItsLogs) {
  ASSERT_EQ(backup({"--full", "--all-databases"}), 0);
  LgPos position{};
  position.generation = 5;  // restored from an older backup since
  test::write_file(live_ + "/E00.chk", test::make_ese_checkpoint(position));
  EXPECT_EQ(fake_.run({"truncate", repository() + "::latest", "--logs", live_, "--yes"}), 5);
  EXPECT_THAT(out(), HasSubstr("live checkpoint"));
  EXPECT_EQ(logs_left(), all_);
}

}  // namespace
}  // namespace tintype
