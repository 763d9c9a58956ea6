// Every precondition alone shuts the gate; and X is the least of what section 9.3 lists.
#include "engine/completion/completion_gate.h"
#include "engine/store/folder_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <type_traits>

#include "tests/engine/completion/good_stream.h"
#include "verify/ese/ese_events.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

static_assert(!std::is_default_constructible_v<TruncationPermit>);
static_assert(!std::is_copy_constructible_v<TruncationPermit>);
static_assert(!std::is_copy_assignable_v<TruncationPermit>);
static_assert(std::is_nothrow_move_constructible_v<TruncationPermit>);
static_assert(!std::is_default_constructible_v<DurableImage>);

std::vector<std::string> unmet(const GateRecord& record) {
  std::vector<std::string> names;
  for (const GatePrecondition& precondition : record.preconditions) {
    EXPECT_THAT(precondition.why, ::testing::Not(IsEmpty())) << precondition.name;
    if (!precondition.met) names.push_back(precondition.name);
  }
  return names;
}

class CompletionGate : public ::testing::Test {
 protected:
  test::TempDir folder_;
  EseStreamReport stream_ = test::good_stream();
  GateInputs inputs_ = test::good_inputs(folder_);

  GateDecision judge() { return judge_completion(EseStream(stream_), inputs_); }
};

TEST_F(CompletionGate, OpensWhenEverythingHolds) {
  const GateDecision decision = judge();
  EXPECT_THAT(unmet(decision.record), IsEmpty());
  EXPECT_EQ(decision.record.event, kEventDeletingLogs);
  EXPECT_EQ(decision.record.truncate_from, 3);
  EXPECT_EQ(decision.record.truncate_below, 12);
  EXPECT_EQ(decision.record.limit, "the checkpoint");
  ASSERT_TRUE(decision.permit);
  EXPECT_EQ(decision.permit->base(), "E00");
  EXPECT_EQ(decision.permit->log_folder(), "/Logs");
  EXPECT_EQ(decision.permit->log_signature(), test::kSignature);
  ASSERT_EQ(decision.permit->logs().size(), 9u);
  EXPECT_EQ(decision.permit->logs().front().name, "E0000000003.log");
  EXPECT_EQ(decision.permit->logs().back().name, "E000000000B.log");
}

struct Spoiled {
  std::string precondition;
  std::function<void(EseStreamReport&, GateInputs&)> spoil;
  std::string why;
};

TEST_F(CompletionGate, EachPreconditionAloneShutsIt) {
  const std::vector<Spoiled> all{
      {"backup type", [](auto&, auto& in) { in.type = BackupType::copy; }, "copy"},
      {"whole volumes", [](auto&, auto& in) { in.whole_volumes = false; }, "folder"},
      {"source unchanged", [](auto&, auto& in) { in.source_changed = "/v.img was replaced"; },
       "/v.img was replaced"},
      {"source unchanged", [](auto&, auto& in) { in.source_changed = GateInputs().source_changed; },
       "nobody looked"},
      {"stream verdict", [](auto& s, auto&) { s.verdict = StreamVerdict::recoverable_with_loss; },
       "with loss"},
      {"stream verdict", [](auto& s, auto&) { s.verdict = StreamVerdict::not_recoverable; },
       "not recoverable"},
      {"stream verdict", [](auto& s, auto&) { s.verdict = StreamVerdict::not_checked; },
       "not checked"},
      {"databases", [](auto& s, auto&) { s.databases[0].sound = false; }, "/DB1.edb"},
      {"databases", [](auto&, auto& in) { in.sound_databases.clear(); }, "/DB1.edb"},
      {"databases",
       [](auto& s, auto&) {
         s.databases.push_back({.path = "/DB2.edb", .state = "Clean Shutdown", .sound = false});
       },
       "/DB2.edb"},
      {"databases", [](auto& s, auto&) { s.databases.clear(); }, "no database"},
      {"other databases", [](auto&, auto& in) { in.all_databases_known = false; },
       "--all-databases"},
      {"other databases",
       [](auto& s, auto&) {
         s.attached_elsewhere = {"F:\\Far.edb", "F:\\Farther.edb"};
       },
       "Far.edb (and 1 more)"},
      {"required logs",
       [](auto& s, auto&) { s.databases[0].gen_min_required = 0, s.gen_min_required = 0; },
       "does not say"},
      // Beyond what is archived, so that the rule for all archived logs has nothing to say.
      {"required logs",
       [](auto& s, auto&) { s.databases[0].gen_max_committed = s.gen_max_committed = 21; }, "0x15"},
      {"required logs",
       [](auto& s, auto&) {
         s.databases[0].gen_max_committed = s.gen_max_committed = 21;
         s.logs.push_back(
             {.path = "/Logs/E00.log", .generation = 21, .current = true, .sound = false});
       },
       "0x15"},
      {"all logs", [](auto& s, auto&) { s.logs[2].sound = false; }, "E0000000005.log"},
      {"all logs", [](auto& s, auto&) { s.logs.erase(s.logs.begin() + 4); }, "0x7"},
      {"all logs", [](auto& s, auto&) { s.logs[1].path = "/Logs/E00tmp.log"; }, "E00tmp.log"},
      {"all logs", [](auto& s, auto&) { s.logs[1].path = "/Logs/E0100000004.log"; }, "E01"},
      {"all logs",
       [](auto& s, auto&) {
         s.logs.push_back({.path = "/Logs/E0000005.log", .generation = 5, .sound = true});
       },
       "two files"},
      {"all logs", [](auto& s, auto&) { s.gen_last_closed = 21; }, "0x15"},
      {"images durable", [](auto&, auto& in) { in.images.pop_back(); }, "logs"},
      {"images durable", [](auto&, auto& in) { in.volumes.push_back("third"); }, "third"},
      {"images durable", [](auto& s, auto&) { s.volume = "elsewhere"; }, "elsewhere"},
      {"circular logging", [](auto& s, auto&) { s.circular = true; }, "on"},
      {"checkpoint", [](auto& s, auto&) { s.gen_checkpoint = 0; }, "no usable"},
  };
  for (const Spoiled& one : all) {
    EseStreamReport stream = stream_;
    GateInputs inputs = inputs_;
    one.spoil(stream, inputs);
    const GateDecision decision = judge_completion(EseStream(stream), inputs);
    EXPECT_THAT(unmet(decision.record), ::testing::ElementsAre(one.precondition)) << one.why;
    EXPECT_FALSE(decision.permit) << one.precondition;
    EXPECT_FALSE(decision.record.open());
    EXPECT_EQ(decision.record.truncate_below, 0);
    EXPECT_EQ(decision.record.event, 0);
    EXPECT_THAT(decision.record.summary, HasSubstr(one.precondition));
    for (const GatePrecondition& precondition : decision.record.preconditions)
      if (!precondition.met) {
        EXPECT_THAT(precondition.why, HasSubstr(one.why));
      }
  }
}

TEST_F(CompletionGate, AnImageThatWasNotReadBackShutsIt) {
  inputs_.images.pop_back();
  NewImageFile file(test::must(DurableFile::create(folder_ / "again.tint", Caching::page_cache)));
  inputs_.images.push_back(test::must(DurableImage::commit(file, "logs", ReadBack::none)));
  const GateDecision decision = judge();
  EXPECT_THAT(unmet(decision.record), ::testing::ElementsAre("read back"));
  EXPECT_FALSE(decision.permit);
}

TEST_F(CompletionGate, AnImageThatCannotBeCommittedIsNoToken) {
  NewImageFile file(test::must(DurableFile::create(folder_ / "x.tint", Caching::page_cache)));
  test::write_file(folder_ / "x.tint", {});  // the name is taken meanwhile
  EXPECT_FALSE(DurableImage::commit(file, "x", ReadBack::direct));
}

TEST_F(CompletionGate, TheLeastOfAllLimitsIsX) {
  struct Row {
    std::string limit;
    std::int64_t below;
    std::function<void(EseStreamReport&, GateInputs&)> change;
  };
  const std::vector<Row> rows{
      {"the checkpoint", 12, [](auto&, auto&) {}},
      {"the checkpoint", 5, [](auto& s, auto&) { s.gen_checkpoint = 5; }},
      {"what DB1.edb still needs", 8,
       [](auto& s, auto&) { s.databases[0].gen_min_required = s.gen_min_required = 8; }},
      {"what DB2.edb still needs", 6,
       [](auto& s, auto&) {
         s.databases.push_back(s.databases[0]);
         s.databases[1].path = "/DB2.edb";
         s.databases[1].gen_min_required = s.gen_min_required = 6;
       }},
      // A clean database asks for nothing, whatever its fields say.
      {"the checkpoint", 12,
       [](auto& s, auto&) {
         s.databases.push_back({.path = "/DB2.edb", .sound = true, .gen_min_required = 4});
       }},
      {"the flush map", 9, [](auto& s, auto&) { s.gen_flush_map_min_required = 9; }},
      // N itself stays, even if the checkpoint is already in the current log.
      {"the last closed log", 20,
       [](auto& s, auto&) {
         s.gen_checkpoint = 21;
         s.databases[0].gen_min_required = s.gen_min_required = 21;
         s.databases[0].gen_max_required = s.databases[0].gen_max_committed = 21;
         s.gen_max_required = s.gen_max_committed = 21;
         s.logs.push_back(
             {.path = "/Logs/E00.log", .generation = 21, .current = true, .sound = true});
       }},
  };
  for (const Row& row : rows) {
    EseStreamReport stream = stream_;
    GateInputs inputs = inputs_;
    row.change(stream, inputs);
    const GateDecision decision = judge_completion(EseStream(stream), inputs);
    EXPECT_THAT(unmet(decision.record), IsEmpty()) << row.limit;
    EXPECT_EQ(decision.record.limit, row.limit);
    EXPECT_EQ(decision.record.truncate_below, row.below) << row.limit;
    ASSERT_TRUE(decision.permit);
    EXPECT_EQ(decision.permit->below(), row.below);
    EXPECT_EQ(decision.permit->logs().back().generation, row.below - 1);
  }
}

TEST_F(CompletionGate, NothingToTruncateIsNoRefusal) {
  stream_.gen_checkpoint = 3;
  GateDecision decision = judge();
  EXPECT_TRUE(decision.record.open());
  EXPECT_EQ(decision.record.event, kEventNothingToTruncate);
  EXPECT_THAT(decision.record.summary, HasSubstr("no log files can be truncated"));
  EXPECT_FALSE(decision.permit);
  EXPECT_EQ(decision.record.truncate_below, 0);

  stream_ = test::good_stream();
  stream_.verdict = StreamVerdict::sound;
  stream_.databases[0].dirty = false;
  stream_.logs.clear();
  stream_.gen_min_required = stream_.gen_max_required = stream_.gen_max_committed = 0;
  stream_.gen_lowest = stream_.gen_highest = stream_.gen_last_closed = 0;
  decision = judge();
  EXPECT_TRUE(decision.record.open());
  EXPECT_EQ(decision.record.event, kEventNothingToTruncate);
  EXPECT_FALSE(decision.permit);
}

TEST_F(CompletionGate, LogsOfBeforeARepairStay) {
  stream_.databases[0].repairs = 2;
  EXPECT_THAT(unmet(judge().record), ::testing::ElementsAre("databases"));
  EXPECT_FALSE(judge().permit);
}

TEST_F(CompletionGate, WildNumbersEndAtTheFirstMissingLog) {
  stream_.databases[0].gen_max_committed = stream_.gen_max_committed = INT64_MAX - 1;
  EXPECT_THAT(unmet(judge().record), ::testing::ElementsAre("required logs"));
}

}  // namespace
}  // namespace tintype
