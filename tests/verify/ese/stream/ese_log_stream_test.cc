// Whether a restore could recover a stream: samples, and generated streams with everything the
// samples lack.
#include "verify/ese/stream/ese_log_stream.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>

#include "support/ese_log_generator.h"
#include "support/samples.h"
#include "tests/verify/ese/page/check_runner.h"

namespace tintype {
namespace {

using File = std::vector<std::byte>;
using Verdict = StreamVerdict;

struct World {
  EseSetFacts facts;
  std::shared_ptr<EseByteBudget> budget = std::make_shared<EseByteBudget>();

  void add_log(const std::string& path, const File& file) {
    EseLogCheck check(path, file.size(), budget, facts.logs);
    test::check_in_order(check, file);
    facts.logs.back().volume = "disk";
  }
  void add_checkpoint(const std::string& path, const File& file) {
    EseCheckpointCheck check(path, file.size(), budget);
    test::check_in_order(check, file);
    facts.checkpoints.push_back(check.facts());
    facts.checkpoints.back().volume = "disk";
  }
  DatabaseHeader& add_database(const std::string& path, EseState state, std::uint32_t low = 0,
                               std::uint32_t high = 0, std::uint32_t committed = 0) {
    const test::EseDatabaseGenerator generator({.file_bytes = 64 << 10,
                                                .page_bytes = 4096,
                                                .state = state,
                                                .gen_min_required = low,
                                                .gen_max_required = high,
                                                .gen_max_committed = committed});
    const auto reading = read_ese_header(generator.whole());
    facts.databases.push_back({.volume = "disk",
                               .path = path,
                               .has_header = true,
                               .header = reading.header,
                               .sound = true,
                               .checked = true});
    return facts.databases.back().header;
  }
  // Archived logs low…high, each with the sum of the one before.
  void add_chain(std::int32_t low, std::int32_t high, bool current = false,
                 std::int32_t left_out = 0, std::string_view format = "/Logs/E00{:08X}.log") {
    std::uint64_t sum = 0;
    for (std::int32_t generation = low; generation <= high; ++generation) {
      const auto log = test::make_ese_log(
          {.generation = generation, .slots = 16, .segments = 9, .previous_checksum = sum});
      sum = log.accumulated_checksum;
      if (generation == left_out) continue;
      add_log(current && generation == high ? "/Logs/E00.log"
                                            : fmt::format(fmt::runtime(format), generation),
              log.file);
    }
  }
  EseLogFacts& log(std::int64_t generation) {
    for (EseLogFacts& log : facts.logs)
      if (log.header.generation == generation) return log;
    throw std::out_of_range("no such log");
  }
  EseStreamReport judge() {
    const auto reports = judge_ese_streams(facts);
    EXPECT_EQ(reports.size(), 1u);
    return reports.empty() ? EseStreamReport{} : reports.front();
  }
};

bool has_error(const EseStreamReport& report, int error_number, bool warning) {
  return std::ranges::any_of(report.findings, [&](const Finding& finding) {
    return finding.error_number == error_number && is_warning(finding.kind) == warning;
  });
}

World dirty(std::uint32_t low, std::uint32_t high, std::uint32_t committed) {
  World world;
  world.add_database("/Data/DB1.edb", EseState::dirty_shutdown, low, high, committed);
  return world;
}

TEST(EseLogStream, EverythingNeededIsHere) {
  World world = dirty(5, 8, 8);
  world.add_chain(3, 9, true);
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable) << report.why;
  EXPECT_EQ(report.next_command, "eseutil /r E00 /l /Logs /d /Data");
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.gen_lowest, 3);
  EXPECT_EQ(report.gen_highest, 9);
  EXPECT_EQ(report.gen_last_closed, 8);
  EXPECT_FALSE(report.current_log_missing);
  EXPECT_FALSE(spoils_backup(report));
}

TEST(EseLogStream, AFreezeLeavesNoCurrentLog) {
  World world = dirty(5, 8, 8);
  world.add_chain(5, 8);
  world.add_log("/Logs/E00tmp.log", test::make_ese_log({.generation = 9, .slots = 16}).file);
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable) << report.why;
  EXPECT_TRUE(report.current_log_missing);
  EXPECT_EQ(report.gen_highest, 8);
}

TEST(EseLogStream, AMissingRequiredLogIsTheEnd) {
  for (const std::int32_t missing : {5, 7, 8}) {
    World world = dirty(5, 8, 8);
    world.add_chain(4, 9, false, missing);
    const auto report = world.judge();
    EXPECT_EQ(report.verdict, Verdict::not_recoverable) << missing;
    EXPECT_TRUE(has_error(report, -543, false));
    EXPECT_NE(report.why.find(fmt::format("E00{:08X}.log", missing)), std::string::npos);
    EXPECT_TRUE(spoils_backup(report));
    EXPECT_TRUE(is_own_finding(report));
  }
}

TEST(EseLogStream, AMissingCommittedLogIsALoss) {
  World world = dirty(5, 6, 8);
  world.add_chain(5, 7);
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable_with_loss) << report.why;
  EXPECT_TRUE(has_error(report, -582, false));
  EXPECT_TRUE(report.next_command.ends_with("/a"));
  EXPECT_TRUE(spoils_backup(report));
}

TEST(EseLogStream, DamageOutsideTheNeededRangeIsAWarning) {
  World world = dirty(5, 6, 6);
  world.add_chain(2, 9, false, 3);
  world.log(4).problems.push_back(
      make_problem("SegmentCorrupt", FindingKind::bad_checksum, -501, "damaged"));
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable) << report.why;
  EXPECT_TRUE(has_error(report, -501, true));
  EXPECT_TRUE(has_error(report, -528, true));
}

TEST(EseLogStream, DamageInsideItIsTheEnd) {
  World world = dirty(5, 6, 6);
  world.add_chain(4, 7);
  world.log(6).problems.push_back(
      make_problem("SegmentCorrupt", FindingKind::bad_checksum, -501, "damaged"));
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::not_recoverable);
  EXPECT_EQ(report.next_command, "eseutil /ml /Logs/E0000000006.log");
}

TEST(EseLogStream, TornEndIsMendedInTheCurrentLogOnly) {
  for (const bool current : {true, false}) {
    World world = dirty(5, 6, 6);
    world.add_chain(5, 5);
    auto log = test::make_ese_log(
        {.generation = 6, .slots = 16, .segments = 9, .tail = test::EseLogTail::shadow});
    log.file[9 * 4096 + 700] ^= std::byte{0x77};
    world.add_log(current ? "/Logs/E00.log" : "/Logs/E0000000006.log", log.file);
    EXPECT_EQ(world.judge().verdict, current ? Verdict::recoverable : Verdict::not_recoverable);
  }
}

TEST(EseLogStream, LostEndOfALogShowsInTheNextOne) {
  World world = dirty(5, 6, 6);
  world.add_chain(5, 7);
  world.log(6).accumulated_checksum = 1;
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(report, -590, false));
}

TEST(EseLogStream, ALogOfAnotherStreamOrTimeIsNoReplacement) {
  World other = dirty(5, 8, 8);
  other.add_chain(4, 9);
  other.log(7).header.log_signature.random = 99;
  EXPECT_EQ(other.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(other.judge(), -530, false));

  World time = dirty(5, 8, 8);
  time.add_chain(4, 9);
  time.facts.databases[0].header.gen_max_committed_time = test::ese_log_create_time(9);
  EXPECT_EQ(time.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(time.judge(), -543, false));
  time.facts.databases[0].header.gen_max_committed_time = test::ese_log_create_time(8);
  EXPECT_EQ(time.judge().verdict, Verdict::recoverable);

  World sequence = dirty(5, 8, 8);
  sequence.add_chain(4, 9);
  sequence.log(7).header.create_time.second = 59;
  EXPECT_EQ(sequence.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(sequence.judge(), -515, false));
}

TEST(EseLogStream, NameAndHeaderMustAgree) {
  World world = dirty(5, 6, 6);
  world.add_chain(5, 5);
  world.add_log("/Logs/E0000000006.log", test::make_ese_log({.generation = 7, .slots = 16}).file);
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(world.judge(), -513, false));
}

TEST(EseLogStream, SeveralDatabasesOnOneStream) {
  World world = dirty(5, 6, 6);
  world.add_database("/Data2/DB2.edb", EseState::dirty_shutdown, 3, 8, 8);
  world.add_database("/Data2/DB3.edb", EseState::clean_shutdown);
  world.facts.databases[1].volume = "other";
  world.add_chain(3, 8);
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable) << report.why;
  EXPECT_EQ(report.databases.size(), 3u);
  EXPECT_EQ(report.gen_min_required, 3);
  EXPECT_EQ(report.gen_max_required, 8);
}

TEST(EseLogStream, DatabasesThatAreAttachedAndNotHereAreNamed) {
  World world;
  const DatabaseHeader header = world.add_database("/DB1.edb", EseState::dirty_shutdown, 3, 5, 5);
  world.add_chain(2, 4);
  Signature far{};
  far.random = 99;
  far.creation = header.db_signature.creation;
  const std::vector<test::EseAttached> attached{{u"E:\\DB1.edb", header.db_signature},
                                                {u"F:\\Far.edb", far}};
  auto log = test::make_ese_log({.generation = 5, .slots = 16, .segments = 9});
  test::attach_ese_databases(log.file, kEseLogAttachmentsAt, attached);
  world.add_log("/Logs/E0000000005.log", log.file);
  EseStreamReport report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::recoverable) << report.why;  // what is here is whole
  EXPECT_EQ(report.attached_elsewhere, std::vector<std::string>{"F:\\Far.edb"});
  EXPECT_TRUE(has_error(report, 0, true));

  // An older log may name a database that is gone since.
  log = test::make_ese_log({.generation = 6, .slots = 16, .segments = 9});
  world.add_log("/Logs/E0000000006.log", log.file);
  EXPECT_TRUE(world.judge().attached_elsewhere.empty());

  LgPos position{};
  position.generation = 3;
  File checkpoint = test::make_ese_checkpoint(position);
  for (const std::size_t at : {0, 4096})
    test::attach_ese_databases(std::span(checkpoint).subspan(at), kEseCheckpointAttachmentsAt,
                               attached);
  world.add_checkpoint("/Logs/E00.chk", checkpoint);
  EXPECT_EQ(world.judge().attached_elsewhere, std::vector<std::string>{"F:\\Far.edb"});
}

TEST(EseLogStream, CleanDatabasesNeedNoLogs) {
  World world;
  world.add_database("/Data/DB1.edb", EseState::clean_shutdown);
  EXPECT_EQ(world.judge().verdict, Verdict::sound);
  world.add_chain(2, 6, true, 4);
  const auto report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::sound) << report.why;
  EXPECT_TRUE(has_error(report, -528, true));
}

TEST(EseLogStream, DirtyDatabaseWithoutLogs) {
  World world = dirty(5, 6, 6);
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(world.judge(), -543, false));
}

TEST(EseLogStream, TheSentenceNamesTheDatabasesThatNeedLogsAndThoseThatDoNot) {
  World world = dirty(5, 6, 6);
  world.add_database("/Data/DB2.edb", EseState::clean_shutdown);
  EXPECT_EQ(world.judge().why,
            "none of the logs that DB1.edb needs (0x5 to 0x6) is here; DB2.edb was shut down "
            "clean");
  world.add_database("/Data/DB3.edb", EseState::dirty_shutdown, 5, 6, 6);
  EXPECT_EQ(world.judge().why,
            "none of the logs that DB1.edb and DB3.edb need (0x5 to 0x6) is here; DB2.edb was "
            "shut down clean");
  world.add_database("/Data/DB4.edb", EseState::dirty_shutdown, 5, 6, 6);
  world.add_database("/Data/DB5.edb", EseState::clean_shutdown);
  world.add_chain(5, 6);
  EXPECT_EQ(world.judge().why,
            "3 databases need replay of log 0x5 to 0x6, and all of it is here and sound; DB2.edb "
            "and DB5.edb were shut down clean");
  std::swap(world.facts.databases[0], world.facts.databases[1]);
  world.facts.logs.clear();
  EXPECT_EQ(world.judge().next_command, "eseutil /mh /Data/DB1.edb") << "not the clean one";
  World clean;
  clean.add_database("/Data/DB2.edb", EseState::clean_shutdown);
  clean.add_database("/Data/DB5.edb", EseState::clean_shutdown);
  EXPECT_EQ(clean.judge().why, "DB2.edb and DB5.edb were shut down clean: no log is needed");
}

// What eseutil /p leaves: no stream's signature, and a count.
void repair(DatabaseHeader& header) {
  header.log_signature = {};
  header.repair_count = 2;
}

TEST(EseLogStream, ARepairedDatabaseIsCleanAndItsLogsAreOlder) {
  World world;
  repair(world.add_database("/Logs/DB1.edb", EseState::clean_shutdown));
  EXPECT_EQ(world.judge().verdict, Verdict::sound);
  EXPECT_EQ(world.judge().why,
            "DB1.edb was shut down clean and needs no log; it was repaired (count 2): logs of "
            "before that are older");
  world.add_chain(2, 6);
  LgPos position{};
  position.generation = 3;
  world.add_checkpoint("/Logs/E00.chk", test::make_ese_checkpoint(position));
  const EseStreamReport report = world.judge();
  EXPECT_EQ(report.verdict, Verdict::sound);
  EXPECT_EQ(report.why,
            "DB1.edb was shut down clean and needs no log; it was repaired (count 2): these logs "
            "are older");
  ASSERT_EQ(report.databases.size(), 1u);
  EXPECT_EQ(report.databases[0].repairs, 2);
  EXPECT_EQ(report.gen_checkpoint, 0) << "where a replay would start that never comes";
  world.facts.databases[0].sound = false;
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
}

TEST(EseLogStream, ARepairedDatabaseIsFoundByWhatItsLogsSayOfIt) {
  World world;
  DatabaseHeader& header = world.add_database("/Data/DB1.edb", EseState::clean_shutdown);
  auto log = test::make_ese_log({.generation = 5, .slots = 16, .segments = 9});
  test::attach_ese_databases(log.file, kEseLogAttachmentsAt,
                             std::vector<test::EseAttached>{{u"E:\\DB1.edb", header.db_signature}});
  repair(header);
  world.add_log("/Logs/E0000000005.log", log.file);
  EXPECT_THAT(world.judge().why, testing::HasSubstr("these logs are older"));
}

TEST(EseLogStream, LogsThatAnotherDatabaseWritesAreNotOfBeforeARepair) {
  World world;
  world.add_database("/Logs/DB1.edb", EseState::dirty_shutdown, 3, 5, 5);
  repair(world.add_database("/Logs/DB2.edb", EseState::clean_shutdown));
  world.add_chain(3, 5);
  const auto reports = judge_ese_streams(world.facts);
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].why,
            "DB1.edb needs replay of log 0x3 to 0x5, and all of it is here and sound");
  EXPECT_TRUE(reports[1].logs.empty());
  EXPECT_THAT(reports[1].why, testing::HasSubstr("repaired (count 2)"));
}

TEST(EseLogStream, LogsWithoutDatabaseAreNotJudged) {
  World world;
  world.add_chain(2, 6);
  EXPECT_EQ(world.judge().verdict, Verdict::not_checked);
  EXPECT_FALSE(spoils_backup(world.judge()));
}

TEST(EseLogStream, DatabaseBesideAnotherStreamsLogs) {
  World world = dirty(5, 6, 6);
  world.facts.databases[0].path = "/Logs/DB1.edb";
  world.facts.databases[0].header.log_signature.random = 99;
  world.add_chain(4, 8);
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
  EXPECT_TRUE(has_error(world.judge(), -539, false));
}

TEST(EseLogStream, DamagedOrUncheckedDatabases) {
  World world = dirty(5, 6, 6);
  world.add_chain(5, 6);
  world.facts.databases[0].sound = false;
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
  EXPECT_FALSE(is_own_finding(world.judge())) << "the pages are";
  world.facts.databases[0].checked = false;
  EXPECT_EQ(world.judge().verdict, Verdict::not_checked);
  EXPECT_TRUE(spoils_backup(world.judge()));
  world.facts.databases[0].header.state = static_cast<std::uint32_t>(EseState::just_created);
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
}

TEST(EseLogStream, UncheckedNeededLogLeavesItOpen) {
  World world = dirty(5, 6, 6);
  world.add_chain(4, 6);
  world.log(4).not_checked = true;
  EXPECT_EQ(world.judge().verdict, Verdict::recoverable);
  world.log(6).not_checked = true;
  EXPECT_EQ(world.judge().verdict, Verdict::not_checked);
}

TEST(EseLogStream, CheckpointIsReadAndItsDamageIsAWarning) {
  World world = dirty(5, 6, 6);
  world.add_chain(4, 6);
  File checkpoint = test::make_ese_checkpoint(LgPos{.generation = 4});
  world.add_checkpoint("/System/E00.chk", checkpoint);
  EXPECT_EQ(world.judge().gen_checkpoint, 4);
  world.facts.checkpoints.clear();
  world.add_checkpoint("/Logs/E00.chk", test::make_ese_checkpoint(LgPos{.generation = 4}, 99));
  EXPECT_EQ(world.judge().verdict, Verdict::recoverable);
  EXPECT_TRUE(has_error(world.judge(), -532, true));
}

TEST(EseLogStream, AnotherProgramsFilesAreNoStream) {
  World world;
  File text(16 * 4096, std::byte{'x'});
  world.add_log("/var/abc.log", text);
  EXPECT_TRUE(judge_ese_streams(world.facts).empty());
}

TEST(EseLogStream, StaleTailsCircularFlagAndOlderFormat) {
  World world = dirty(5, 6, 6);
  for (const std::int32_t generation : {5, 6})
    world.add_log(
        fmt::format("/Logs/E00{:05X}.log", generation),
        test::make_ese_log(
            {.generation = generation, .slots = 16, .segments = 6, .tail = test::EseLogTail::stale})
            .file);
  world.log(6).header.flags = LogHeader::kCircularNow;
  EXPECT_EQ(world.judge().verdict, Verdict::recoverable) << world.judge().why;
  EXPECT_TRUE(world.judge().circular);

  World v7 = dirty(5, 6, 6);
  for (const std::int32_t generation : {5, 6})
    v7.add_log(fmt::format("/Logs/E00{:08X}.log", generation),
               test::make_ese_log_v7(generation, 4, 1));
  EXPECT_EQ(v7.judge().verdict, Verdict::recoverable) << v7.judge().why;
}

TEST(EseLogStream, ClaimedRangesOfAnySizeEnd) {
  World world = dirty(1, 0x7FFFFFFF, 0xFFFFFFFF);
  world.add_chain(5, 6);
  EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
}

class SampleStream : public testing::TestWithParam<const char*> {};

TEST_P(SampleStream, IsWhatItIsKnownToBe) {
  TINTYPE_NEED_SAMPLES(samples);
  const std::filesystem::path folder = samples / "ese" / GetParam();
  World world;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    const File file = test::read_sample(entry.path());
    const std::string path = "/" + entry.path().filename().string();
    if (extension == ".log") world.add_log(path, file);
    if (extension == ".chk") world.add_checkpoint(path, file);
    if (extension == ".dat")
      world.facts.databases.push_back({.volume = "disk",
                                       .path = path,
                                       .has_header = true,
                                       .header = read_ese_header(file).header,
                                       .sound = true,
                                       .checked = true});
  }
  const auto report = world.judge();
  const bool is_dirty = std::string_view(GetParam()) == "srum-dirty";
  EXPECT_EQ(report.verdict, is_dirty ? Verdict::recoverable : Verdict::sound) << report.why;
  EXPECT_TRUE(report.findings.empty());
  if (is_dirty) {
    EXPECT_EQ(report.gen_min_required, 0x5C);
    EXPECT_EQ(report.gen_highest, 0x5C);
    EXPECT_EQ(report.gen_lowest, 0x59);
    std::erase_if(world.facts.logs, [](const auto& log) { return log.path == "/SRU.log"; });
    EXPECT_EQ(world.judge().verdict, Verdict::not_recoverable);
  }
}
INSTANTIATE_TEST_SUITE_P(Srum, SampleStream, testing::Values("srum-dirty", "srum-clean"),
                         [](const auto& set) { return std::string(set.param).replace(4, 1, "_"); });

}  // namespace
}  // namespace tintype
