// The gate over an application that is none of ours: what every backup must be is asked of it all
// the same, and it is asked for its logs only when all holds.
#include "engine/completion/application_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/completion/good_stream.h"

namespace tintype {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;

class Ledger final : public ApplicationStream {
 public:
  bool complete = true, idle = true;
  Release next{.from = 7,
               .below = 9,
               .limit = "the last page",
               .summary = "two go",
               .event = 42,
               .logs = {{7, "seven"}, {8, "eight"}}};
  mutable unsigned releases_asked = 0;

  [[nodiscard]] Identity identity() const override {
    return {.base = "ledger",
            .volume = "logs",
            .log_folder = "/wal",
            .log_signature = "of today",
            .last_closed_created = "noon",
            .last_closed = 12};
  }
  [[nodiscard]] std::vector<GatePrecondition> held(const GateInputs&) const override {
    return {{"ledger complete", complete, "counted"}};
  }
  [[nodiscard]] std::vector<GatePrecondition> releasable() const override {
    return {{"ledger idle", idle, "looked"}};
  }
  [[nodiscard]] Release release() const override {
    ++releases_asked;
    return next;
  }
};

class ApplicationStreams : public ::testing::Test {
 protected:
  test::TempDir folder_;
  GateInputs inputs_ = test::good_inputs(folder_);
  Ledger ledger_;
};

TEST_F(ApplicationStreams, GetAPermitForExactlyWhatTheyRelease) {
  const GateDecision decision = judge_completion(ledger_, inputs_);
  EXPECT_TRUE(decision.record.open());
  EXPECT_EQ(decision.record.base, "ledger");
  EXPECT_EQ(decision.record.truncate_from, 7);
  EXPECT_EQ(decision.record.truncate_below, 9);
  EXPECT_EQ(decision.record.limit, "the last page");
  EXPECT_EQ(decision.record.summary, "two go");
  EXPECT_EQ(decision.record.event, 42);
  ASSERT_TRUE(decision.permit);
  EXPECT_EQ(decision.permit->base(), "ledger");
  EXPECT_EQ(decision.permit->log_folder(), "/wal");
  EXPECT_EQ(decision.permit->log_signature(), "of today");
  EXPECT_EQ(decision.permit->last_closed(), 12);
  EXPECT_EQ(decision.permit->last_closed_created(), "noon");
  EXPECT_THAT(decision.permit->logs(), ElementsAre(Field(&TruncationPermit::Log::name, "seven"),
                                                   Field(&TruncationPermit::Log::name, "eight")));
}

TEST_F(ApplicationStreams, WithNothingToReleaseGetNone) {
  ledger_.next = {.limit = "the last page", .summary = "none goes", .event = 43};
  const GateDecision decision = judge_completion(ledger_, inputs_);
  EXPECT_TRUE(decision.record.open());
  EXPECT_EQ(decision.record.event, 43);
  EXPECT_EQ(decision.record.truncate_below, 0);
  EXPECT_FALSE(decision.permit);
}

TEST_F(ApplicationStreams, AreNotAskedWhatToReleaseWhileAnythingIsUnmet) {
  const auto expect_shut = [&](const GateInputs& inputs, std::string_view precondition) {
    const GateDecision decision = judge_completion(ledger_, inputs);
    EXPECT_FALSE(decision.record.open());
    EXPECT_FALSE(decision.permit);
    EXPECT_EQ(decision.record.truncate_below, 0);
    EXPECT_THAT(decision.record.preconditions,
                Contains(::testing::AllOf(Field(&GatePrecondition::name, precondition),
                                          Field(&GatePrecondition::met, false))));
  };
  ledger_.complete = false;
  expect_shut(inputs_, "ledger complete");
  ledger_.complete = true;
  ledger_.idle = false;
  expect_shut(inputs_, "ledger idle");
  ledger_.idle = true;

  GateInputs copy = inputs_;
  copy.type = BackupType::copy;
  expect_shut(copy, "backup type");
  GateInputs folder = inputs_;
  folder.whole_volumes = false;
  expect_shut(folder, "whole volumes");
  GateInputs changed = inputs_;
  changed.source_changed = "it was written to";
  expect_shut(changed, "source unchanged");
  GateInputs lost = inputs_;
  lost.images.clear();
  expect_shut(lost, "images durable");
  EXPECT_EQ(ledger_.releases_asked, 0u);
}

}  // namespace
}  // namespace tintype
