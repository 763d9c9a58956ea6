// `check` and `inspect` as people meet them: every kind of file, sets of logs, folders; what they
// say, in 80 columns and as JSON, and the exit codes.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/ese_generator.h"
#include "support/ese_log_generator.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "tests/tools/session/fake_env.h"
#include "tools/text/text.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using Bytes = std::vector<std::byte>;

class CheckCommandTest : public testing::Test {
 protected:
  // Files are named relative to their folder: its random name would change what is printed.
  CheckCommandTest() : came_from_(fs::current_path()) { fs::current_path(dir_.path()); }
  ~CheckCommandTest() override { fs::current_path(came_from_); }
  CheckCommandTest(const CheckCommandTest&) = delete;
  CheckCommandTest& operator=(const CheckCommandTest&) = delete;

  // Logs 5 to 8 of stream E00, the last one current, each knowing the one before.
  static void make_logs(const std::string& folder) {
    if (!folder.empty()) fs::create_directories(folder);
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::uint64_t previous = 0;
    for (int generation = 5; generation <= 8; ++generation) {
      const bool current = generation == 8;
      const test::EseLog log =
          test::make_ese_log({.generation = generation,
                              .tail = current ? test::EseLogTail::shadow : test::EseLogTail::zeros,
                              .previous_checksum = previous});
      previous = log.accumulated_checksum;
      const std::string number = "E000000000" + std::to_string(generation) + ".log";
      test::write_file(prefix + (current ? "E00.log" : number), log.file);
    }
  }
  static void make_set(const std::string& folder, const std::vector<std::string>& damages = {}) {
    make_logs(folder);
    const test::EseDatabaseSpec spec{.file_bytes = 1 << 20,
                                     .page_bytes = 8192,
                                     .state = EseState::dirty_shutdown,
                                     .gen_min_required = 6,
                                     .gen_max_required = 8,
                                     .gen_max_committed = 8};
    Bytes database = test::EseDatabaseGenerator(spec).whole();
    for (const std::string& damage : damages) test::damage_ese(database, spec.page_bytes, damage);
    test::write_file(folder + "/DB1.edb", database);
    LgPos position{};
    position.generation = 6;
    test::write_file(folder + "/E00.chk", test::make_ese_checkpoint(position));
    test::write_file(folder + "/DB1.jfm", test::make_ese_flush_map(2, 1));
    test::write_file(folder + "/E00tmp.log", Bytes(131072));
    test::write_file(folder + "/E00res00001.jrs", Bytes(131072));
    test::write_file(folder + "/notes.txt", Bytes(5000, std::byte{'x'}));
  }

  // Standard output without what a clock says; never wider than 80 columns.
  std::string said() {
    std::istringstream lines(fake_.out.str());
    for (std::string line; std::getline(lines, line);) {
      const bool eseutils_own = line.find(" terminated with error ") != std::string::npos ||
                                line.find(" checksum verification failed ") != std::string::npos;
      EXPECT_LE(columns(line), eseutils_own ? 200u : 80u) << line;
    }
    std::string text = fake_.out.str();
    replace_numbers(text, " seconds", "S");
    replace_numbers(text, " MB/second", "M");
    return text;
  }
  // "0.271 seconds" becomes "S seconds".
  static void replace_numbers(std::string& text, std::string_view unit, std::string_view with) {
    for (auto at = text.find(unit); at != std::string::npos; at = text.find(unit, at + 1)) {
      const auto from = text.find_last_not_of("0123456789.e-", at - 1) + 1;
      text.replace(from, at - from, with);
      at = from + with.size();
    }
  }
  Json json() {
    std::istringstream lines(fake_.out.str());
    Json last;
    for (std::string line; std::getline(lines, line);) {
      last = Json::parse(line, nullptr, false);
      EXPECT_FALSE(last.is_discarded()) << line;
      if (last.value("type", "") == "finding") findings_.push_back(last);
    }
    EXPECT_EQ(last.value("type", ""), "summary");
    return last;
  }

  test::TempDir dir_;
  fs::path came_from_;
  test::FakeEnv fake_;
  std::vector<Json> findings_;
};

TEST_F(CheckCommandTest, ALogByItself) {
  make_logs("");
  EXPECT_EQ(fake_.run({"check", "E0000000007.log"}), 0);
  EXPECT_EQ(said(),
            "      Log file: E0000000007.log - OK\n"
            "\n"
            "      log 0x7, 32 segments: 10 good, 20 empty\n"
            "\n"
            "2 reads performed\n"
            "0.125 MB read\n"
            "S seconds taken\n"
            "M MB/second\n"
            "\n"
            "Integrity check passed for log file: E0000000007.log\n"
            "\n"
            "Operation completed successfully in S seconds.\n"
            "\n");
}

TEST_F(CheckCommandTest, ADamagedLogIsToldWithTheErrorsNameAndNumber) {
  make_logs("");
  Bytes log = test::read_file("E0000000007.log");
  std::fill(log.begin() + 4 * 4096, log.begin() + 4 * 4096 + 100, std::byte{7});
  test::write_file("E0000000007.log", log);
  EXPECT_EQ(fake_.run({"check", "E0000000007.log"}), 3);
  EXPECT_THAT(said(), HasSubstr("      Log file: E0000000007.log - ERROR\n"
                                "      ERROR: segment 4 (file offset 16384) is damaged, and no "
                                "shadow of it is\n"
                                "        there (JET_errLogFileCorrupt -501)\n"));
  EXPECT_THAT(said(), HasSubstr("log 0x7, 32 segments: 3 good, 1 BAD\n"));
  EXPECT_THAT(said(),
              HasSubstr("\nOperation terminated with error -501 (JET_errLogFileCorrupt, Log "
                        "file is corrupt) after S seconds.\n"));
  EXPECT_THAT(said(), Not(HasSubstr("Integrity check passed")));

  EXPECT_EQ(fake_.run({"check", "E0000000007.log", "--json"}), 3);
  const Json file = json()["files"][0];
  EXPECT_EQ(file["subject"], "file");
  EXPECT_EQ(file["sound"], false);
  EXPECT_EQ(file["error_number"], -501);
  EXPECT_EQ(file["error_name"], "JET_errLogFileCorrupt");
  EXPECT_EQ(file["stream_files"][0]["kind"], "log");
  EXPECT_EQ(file["stream_files"][0]["generation"], 7);
  EXPECT_EQ(file["stream_files"][0]["segments"]["good"], 3);
  EXPECT_EQ(file["stream_files"][0]["report"]["sound"], false);
  ASSERT_EQ(findings_.size(), 2u);
  EXPECT_EQ(findings_[0]["error"], -501);
  EXPECT_EQ(findings_[0]["error_name"], "JET_errLogFileCorrupt");
  EXPECT_EQ(findings_[0]["file_offset"], 16384);
  EXPECT_EQ(findings_[1]["error_name"], "JET_errLogReadVerifyFailure");
}

TEST_F(CheckCommandTest, AnOldLogCheckpointAndFlushMap) {
  test::write_file("E0000000007.log", test::make_ese_log_v7(7, 5, 1));
  EXPECT_EQ(fake_.run({"check", "E0000000007.log"}), 0);
  EXPECT_THAT(said(), HasSubstr("log 0x7 of version 7, 5 checksum records good\n"));

  LgPos position{};
  position.generation = 7;
  Bytes checkpoint = test::make_ese_checkpoint(position);
  test::write_file("E00.chk", checkpoint);
  EXPECT_EQ(fake_.run({"check", "E00.chk"}), 0);
  EXPECT_THAT(said(), HasSubstr("File: E00.chk\n\n2 pages seen\n0 bad checksums\n"));
  checkpoint[100] ^= std::byte{1};
  test::write_file("E00.chk", checkpoint);
  EXPECT_EQ(fake_.run({"check", "E00.chk"}), 3) << "as strict as eseutil";
  EXPECT_THAT(said(), HasSubstr("WARNING: first copy of the checkpoint is damaged, second copy "
                                "used\n  (JET_errCheckpointCorrupt -533)\n"));
  EXPECT_THAT(said(), HasSubstr("1 bad checksums\n"));
  EXPECT_THAT(said(),
              HasSubstr("\nOperation terminated with error -533 (JET_errCheckpointCorrupt, "));

  Bytes map = test::make_ese_flush_map(2, 1);
  map[8192 + 300] ^= std::byte{1};
  test::write_file("DB1.jfm", map);
  EXPECT_EQ(fake_.run({"check", "DB1.jfm"}), 0);
  EXPECT_THAT(said(), HasSubstr("3 pages seen\n0 bad checksums\n1 correctable checksums\n"));
  map[8192 + 301] ^= std::byte{3};
  test::write_file("DB1.jfm", map);
  EXPECT_EQ(fake_.run({"check", "DB1.jfm"}), 3);
  EXPECT_THAT(said(),
              HasSubstr("\nOperation terminated with error -1018 (JET_errReadVerifyFailure, "));
}

TEST_F(CheckCommandTest, ABaseMeansItsLogsInOrderWithTheirChain) {
  make_logs("Logs");
  test::write_file("Logs/E01.log", Bytes(8192));  // another stream's, and no matter
  test::write_file("Logs/E00.chk", Bytes(8192));
  for (const char* base : {"Logs/E00", "Logs/e00"}) {
    EXPECT_EQ(fake_.run({"check", base}), 0);
    EXPECT_EQ(said(),
              "Verifying log files...\n"
              "     Base name: " +
                  std::string(base + 5) +
                  "\n\n"
                  "      Log file: Logs/E0000000005.log - OK\n"
                  "      Log file: Logs/E0000000006.log - OK\n"
                  "      Log file: Logs/E0000000007.log - OK\n"
                  "      Log file: Logs/E00.log - OK\n"
                  "\n"
                  "No damaged log files were found.\n"
                  "\n"
                  "Operation completed successfully in S seconds.\n"
                  "\n");
  }
  fs::current_path("Logs");
  EXPECT_EQ(fake_.run({"check", "E00"}), 0);
  EXPECT_THAT(said(), HasSubstr("      Log file: E00.log - OK\n"));
  EXPECT_EQ(fake_.run({"check", "E05"}), 1);
  EXPECT_THAT(fake_.err.str(), HasSubstr("No such file"));
}

TEST_F(CheckCommandTest, AChainIsBrokenByAGapAndByALogOfAnotherTime) {
  make_logs("Logs");
  fs::remove("Logs/E0000000006.log");
  EXPECT_EQ(fake_.run({"check", "Logs/E00"}), 3);
  EXPECT_THAT(said(), HasSubstr("      Log file: Logs/E00.log - OK\n"
                                "\n"
                                "      ERROR: E0000000007.log: generation 0x7 follows 0x5\n"
                                "        (JET_errMissingLogFile -528)\n"
                                "\n"));
  EXPECT_THAT(said(), HasSubstr("Operation terminated with error -528 (JET_errMissingLogFile, "));
  EXPECT_EQ(fake_.run({"check", "Logs/E00", "--json"}), 3);
  const Json file = json()["files"][0];
  EXPECT_EQ(file["subject"], "log set");
  EXPECT_EQ(file["error_name"], "JET_errMissingLogFile");
  EXPECT_EQ(file["streams"][0]["base"], "E00");
  ASSERT_EQ(findings_.size(), 1u);
  EXPECT_EQ(findings_[0]["stream"], "E00");

  make_logs("Logs");  // whole again; but what generation 7 says of generation 6 is not so
  test::write_file("Logs/E0000000007.log",
                   test::make_ese_log({.generation = 7, .previous_checksum = 1}).file);
  EXPECT_EQ(fake_.run({"check", "Logs/E00"}), 3);
  EXPECT_THAT(said(), HasSubstr("JET_errLogSequenceChecksumMismatch -590"));

  make_logs("Logs");
  fs::copy_file("Logs/E0000000005.log", "Logs/E0000000006.log",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(fake_.run({"check", "Logs/E00"}), 3);
  EXPECT_THAT(said(), HasSubstr("JET_errLogGenerationMismatch -513"));
}

TEST_F(CheckCommandTest, AFolderIsJudgedAsABackupWouldJudgeIt) {
  make_set("set");
  EXPECT_EQ(fake_.run({"check", "set"}), 0);
  EXPECT_EQ(said(),
            "Folder: set\n"
            "\n"
            "  databases\n"
            "    DB1.edb  128 pages of 8 KiB: sound, 0 correctable, 0 uninitialised\n"
            "  logs, checkpoints, flush maps\n"
            "    DB1.jfm: flush map, OK\n"
            "    E00.chk: checkpoint, OK\n"
            "    E0000000005.log: log 0x5, 32 segments: 10 good, 20 empty, OK\n"
            "    E0000000006.log: log 0x6, 32 segments: 10 good, 20 empty, OK\n"
            "    E0000000007.log: log 0x7, 32 segments: 10 good, 20 empty, OK\n"
            "    E00res00001.jrs: spare log, not needed\n"
            "    E00tmp.log: spare log, not needed\n"
            "    E00.log: log 0x8, 32 segments: 10 good, 1 shadow, 19 empty, OK\n"
            "log streams\n"
            "  E00 in set: recoverable\n"
            "    DB1.edb needs replay of log 0x6 to 0x8, and all of it is here and sound\n"
            "    next: eseutil /r E00 /l set /d set\n"
            "\n"
            "Operation completed successfully in S seconds.\n"
            "\n");
  EXPECT_EQ(fake_.run({"check", "set", "-q"}), 0);
  EXPECT_EQ(fake_.out.str(), "");

  EXPECT_EQ(fake_.run({"check", "set/", "--json", "-v"}), 0);
  const Json file = json()["files"][0];
  EXPECT_EQ(file["subject"], "folder");
  EXPECT_EQ(file["sound"], true);
  EXPECT_EQ(file["databases"].size(), 1u);
  EXPECT_EQ(file["stream_files"].size(), 8u);
  EXPECT_EQ(file["streams"][0]["verdict"], "recoverable");
  EXPECT_EQ(file["streams"][0]["gen_checkpoint"], 6);
  EXPECT_THAT(fake_.out.str(), HasSubstr("set/notes.txt is no ESE or SQLite file: passed by"));
}

TEST_F(CheckCommandTest, AFolderWithoutALogItNeedsIsNotRecoverable) {
  make_set("set");
  fs::remove("set/E0000000007.log");
  EXPECT_EQ(fake_.run({"check", "set"}), 3);
  EXPECT_THAT(said(),
              HasSubstr("  E00 in set: not recoverable\n"
                        "    log E0000000007.log (generation 0x7) is required and not here\n"
                        "      (JET_errRequiredLogFilesMissing -543)\n"
                        "    next: eseutil /mh set/DB1.edb\n"
                        "\n"));
  EXPECT_THAT(said(), HasSubstr("error -543 (JET_errRequiredLogFilesMissing, "));
}

TEST_F(CheckCommandTest, BadPagesInAFolderAreFoundWithTheirPlace) {
  make_set("set", {"badchecksum:5"});
  EXPECT_EQ(fake_.run({"check", "set"}), 3);
  EXPECT_THAT(said(), HasSubstr("DB1.edb  128 pages of 8 KiB: 1 BAD, 0 correctable"));
  EXPECT_THAT(
      said(),
      HasSubstr("             5           49152               -  bad checksum (-1018, event 474)"));
  EXPECT_THAT(said(), HasSubstr("  E00 in set: not recoverable\n"
                                "    DB1.edb has damaged pages, which no log repairs "
                                "(JET_errDatabaseCorrupted\n"
                                "      -1206)\n"));
}

TEST_F(CheckCommandTest, FoldersBelowAndFilesOfOtherNamesAreFound) {
  make_set("set");
  fs::create_directories("all/deep/logs");
  fs::create_directories("all/db");
  for (const auto& entry : fs::directory_iterator("set"))
    fs::rename(entry.path(), (entry.path().extension() == ".edb" ? "all/db" : "all/deep/logs") /
                                 entry.path().filename());
  fs::rename("all/db/DB1.edb", "all/db/mail.dat");  // found by what is in it
  EXPECT_EQ(fake_.run({"check", "all"}), 0);
  EXPECT_THAT(said(), HasSubstr("    db/mail.dat  128 pages of 8 KiB: sound"));
  EXPECT_THAT(said(), HasSubstr("  E00 in all/deep/logs: recoverable\n"));
  EXPECT_THAT(said(), HasSubstr("    next: eseutil /r E00 /l all/deep/logs /d all/db\n"));
}

TEST_F(CheckCommandTest, MoreFilesThanAPassTakes) {
  fs::create_directories("many");
  std::uint64_t previous = 0;
  for (int generation = 1; generation <= 450; ++generation) {
    const test::EseLog log = test::make_ese_log(
        {.generation = generation, .slots = 4, .segments = 2, .previous_checksum = previous});
    previous = log.accumulated_checksum;
    char name[32];
    std::snprintf(name, sizeof name, "many/E00%08X.log", static_cast<unsigned>(generation));
    test::write_file(name, log.file);
  }
  for (const char* what : {"many", "many/E00"}) {
    EXPECT_EQ(fake_.run({"check", what, "--json"}), 0) << what;
    const Json file = json()["files"][0];
    EXPECT_EQ(file["stream_files"].size(), 450u);
    EXPECT_EQ(file["streams"][0]["gen_highest"], 450);
    EXPECT_EQ(file["read_bytes"], 450 * 4 * 4096);
  }
}

TEST_F(CheckCommandTest, ReadsAreCountedWhateverReadsThem) {
  test::write_file("small.edb",
                   test::EseDatabaseGenerator({.file_bytes = 65536, .page_bytes = 4096}).whole());
  test::write_file("large.edb",
                   test::EseDatabaseGenerator({.file_bytes = 3 << 20, .page_bytes = 4096}).whole());
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{}, {"--serial"}, {"--io-engine", "threads"}}) {
    std::vector<std::string> words{"check", "small.edb"};
    words.insert(words.end(), how.begin(), how.end());
    EXPECT_EQ(fake_.run(words), 0);
    EXPECT_THAT(said(), HasSubstr("\n3 reads performed\n0.0625 MB read\n"));
    words[1] = "large.edb";
    EXPECT_EQ(fake_.run(words), 0);
    EXPECT_THAT(said(), HasSubstr("\n5 reads performed\n3 MB read\n"));
  }
}

TEST_F(CheckCommandTest, InspectShowsEveryKind) {
  make_set("set");
  test::write_file("set/E01.log", test::make_ese_log_v7(7, 5, 1));
  const std::string log = "set/E0000000007.log";
  fake_.be_terminal();
  fake_.variables["NO_COLOR"] = "1";
  EXPECT_EQ(fake_.run({"inspect", log, "set/E01.log", "set/E00.chk", "set/DB1.jfm", "set/DB1.edb",
                       "set/E00tmp.log"}),
            0);
  const std::string text = said();
  EXPECT_THAT(text, HasSubstr("      Log file: set/E0000000007.log\n\nLOG HEADER:\n"));
  EXPECT_THAT(text, HasSubstr("lGeneration: 7 (0x7)\n"));
  EXPECT_THAT(text, HasSubstr("Format LGVersion: (8.4000.4.20) (generated by 0)\n"));
  EXPECT_THAT(text, HasSubstr("Format LGVersion: (7.3704.16.0) (generated by 0)\n"));
  EXPECT_THAT(text, HasSubstr("Env Log Sec size: 512 "));
  EXPECT_THAT(text, HasSubstr("      Env (CircLog,Session,Opentbl,VerPage,Cursors,LogBufs,LogFile,"
                              "Buffers)\n"));
  EXPECT_THAT(text, HasSubstr("CHECKPOINT, FIRST COPY:\n"));
  EXPECT_THAT(text, HasSubstr("CHECKPOINT, SECOND COPY:\n"));
  EXPECT_THAT(text, HasSubstr("Checkpoint: (0x6,0,0)\n"));
  EXPECT_THAT(text, HasSubstr("FLUSH MAP HEADER:\n"));
  EXPECT_THAT(text, HasSubstr("State: Clean\n"));
  EXPECT_THAT(text, HasSubstr("DATABASE HEADER:\n"));
  EXPECT_THAT(text, HasSubstr("State: Dirty Shutdown\n"));
  EXPECT_THAT(text, HasSubstr("it is a spare log: room for a log to come\n"));
}

TEST_F(CheckCommandTest, InspectTellsWhatIsWrongWithAHeader) {
  LgPos position{};
  position.generation = 7;
  Bytes checkpoint = test::make_ese_checkpoint(position);
  checkpoint[4096 + 20] ^= std::byte{1};
  test::write_file("E00.chk", checkpoint);
  EXPECT_EQ(fake_.run({"inspect", "E00.chk"}), 3);
  EXPECT_THAT(fake_.out.str(), HasSubstr("SECOND COPY:\n                  Header: damaged, its "
                                         "fields are not shown\n"));
  EXPECT_THAT(fake_.out.str(), HasSubstr("first copy used (JET_errCheckpointCorrupt -533)\n"));

  Bytes log = test::make_ese_log({}).file;
  log.resize(log.size() - 4096);
  test::write_file("E0000000007.log", log);
  EXPECT_EQ(fake_.run({"inspect", "E0000000007.log", "--json"}), 3);
  Json file = json()["files"][0];
  EXPECT_EQ(file["kind"], "log");
  EXPECT_EQ(file["sound"], false);
  EXPECT_EQ(file["problems"][0]["error_name"], "JET_errLogFileSizeMismatch");
  EXPECT_EQ(file["fields"][0]["name"], "lGeneration");
  EXPECT_EQ(file["sections"][0]["title"], "LOG HEADER");

  Bytes map = test::make_ese_flush_map(1, 1);
  map[50] ^= std::byte{1};
  test::write_file("DB1.jfm", map);
  EXPECT_EQ(fake_.run({"inspect", "DB1.jfm", "--json"}), 3);
  file = json()["files"][0];
  EXPECT_EQ(file["kind"], "flush map");
  EXPECT_EQ(file["problems"][0]["error_name"], "JET_errReadVerifyFailure");
  EXPECT_TRUE(file["fields"].empty());
}

TEST_F(CheckCommandTest, WhatIsNoEseFileIsOneLineAndExit1) {
  fs::create_directories("empty");
  test::write_file("nothing.log", {});
  test::write_file("E00.log", Bytes(5000, std::byte{'x'}));  // text
  test::write_file("empty/notes.txt", Bytes(5000, std::byte{'x'}));
  for (const char* command : {"check", "inspect"})
    for (const char* what : {"nothing.log", "E00.log", "empty/notes.txt", "none", "empty"}) {
      EXPECT_EQ(fake_.run({command, what}), 1) << command << " " << what;
      EXPECT_EQ(fake_.out.str(), "");
      const std::string error = fake_.err.str();
      EXPECT_EQ(std::ranges::count(error, '\n'), 1) << error;
      EXPECT_EQ(fake_.run({command, what, "--json"}), 1);
      EXPECT_EQ(json()["exit_code"], 1);
    }
  EXPECT_EQ(fake_.run({"check", "E00.log"}), 1);
  EXPECT_EQ(
      fake_.err.str(),
      "tintype: E00.log is not an ESE or SQLite file (neither a database nor a log, checkpoint or "
      "flush map)\n");
}

TEST_F(CheckCommandTest, SampleSetsComeOutAsTheirReadmeSays) {
  TINTYPE_NEED_SAMPLES(samples);
  struct Set {
    const char* name;
    const char* verdict;
    int lowest, highest, required;
  };
  for (const Set& set :
       {Set{"srum-dirty", "recoverable", 0x59, 0x5C, 0x5C}, Set{"srum-clean", "sound", 3, 9, 0}}) {
    const std::string folder = samples / "ese" / set.name;
    EXPECT_EQ(fake_.run({"check", folder}), 0) << fake_.out.str();
    EXPECT_THAT(fake_.out.str(), HasSubstr(": " + std::string(set.verdict) + "\n"));
    EXPECT_EQ(fake_.run({"check", folder, folder + "/SRU", "--json"}), 0);
    const Json files = json()["files"];
    const Json stream = files[0]["streams"][0];
    EXPECT_EQ(stream["verdict"], set.verdict);
    EXPECT_EQ(stream["gen_lowest"], set.lowest);
    EXPECT_EQ(stream["gen_highest"], set.highest);
    EXPECT_EQ(stream["gen_min_required"], set.required);
    EXPECT_EQ(stream["current_log_missing"], false);
    EXPECT_TRUE(stream["findings"].empty()) << "the chain and its sums hold";
    EXPECT_TRUE(files[1]["streams"][0]["findings"].empty());
  }
}

}  // namespace
}  // namespace tintype
