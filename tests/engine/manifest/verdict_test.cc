// Verdicts: what is written comes back, and whatever does not fit what lies there counts for
// nothing.
#include "engine/manifest/verdict.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/manifest/set_name.h"
#include "engine/proof/set_standing.h"
#include "engine/store/image_stamp.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;

class Verdicts : public testing::Test {
 protected:
  void SetUp() override {
    repository_.emplace(must(Repository::create(dir_ / "repo")));
    set_ = {.name = "s", .path = dir_ / "repo/sets/s", .finished = true};
    set_.manifest = test::sample_manifest("s");
    fs::create_directories(set_.path);
    test::write_file(set_.path + "/D.tint", std::vector<std::byte>(1000, std::byte{7}));
    set_.manifest.volumes[0].image_bytes = 1000;
  }
  [[nodiscard]] const VolumeManifest& volume() const { return set_.manifest.volumes[0]; }
  // One on the image as it lies there.
  [[nodiscard]] Verdict made(std::string time_utc, bool sound = true) const {
    Verdict verdict = VerdictStore(*repository_).about(set_, volume());
    verdict.kind = kVerdictVerified;
    verdict.image = must(image_stamp(set_.path + "/D.tint"));
    verdict.level = "structure, stored bytes";
    verdict.sound = sound;
    if (!sound) verdict.found = "1 of 2 chunks";
    verdict.time_utc = std::move(time_utc);
    return verdict;
  }
  void keep(const Verdict& verdict) const {
    ASSERT_TRUE(test::ok(VerdictStore(*repository_).keep(verdict)));
  }
  [[nodiscard]] std::vector<Verdict> known() const {
    return VerdictStore(*repository_).of(set_, volume());
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(dir_ / "repo/verdicts"))
      paths.push_back(entry.path());
    return paths;
  }

  test::TempDir dir_;
  std::optional<Repository> repository_;
  SetEntry set_;
};

TEST_F(Verdicts, ComeBackAsTheyWere) {
  Verdict verdict = made("2026-11-22T18:15:00Z", false);
  verdict.pages = "findings";
  keep(verdict);
  ASSERT_EQ(known().size(), 1u);
  const Verdict back = known()[0];
  EXPECT_EQ(to_json(back), to_json(verdict));
  EXPECT_EQ(back.image, verdict.image);
  EXPECT_FALSE(back.sound);
}

TEST_F(Verdicts, EveryFlippedBitIsSeen) {
  const std::string json = to_json(made("2026-11-22T18:15:00Z"));
  for (std::size_t bit = 0; bit < 8 * json.size(); ++bit) {
    std::string flipped = json;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse_verdict(flipped, "v")) << bit;
  }
}

TEST_F(Verdicts, OfAnotherFileCountForNothing) {
  keep(made("2026-11-22T18:15:00Z"));
  Verdict foreign = made("2026-11-23T18:15:00Z");
  foreign.repository = "another";
  keep(foreign);
  EXPECT_EQ(known().size(), 1u);
  // The same bytes, written again: nobody has read these.
  test::write_file(set_.path + "/D.tint", std::vector<std::byte>(1000, std::byte{7}));
  EXPECT_TRUE(known().empty());
}

TEST_F(Verdicts, FromTheFutureOnlyDamageIsBelieved) {
  keep(made("2026-11-22T18:15:00Z"));
  keep(made("2999-01-01T00:00:00Z"));
  ASSERT_EQ(known().size(), 1u);
  EXPECT_EQ(known()[0].time_utc, "2026-11-22T18:15:00Z");
  keep(made("2999-01-01T00:00:00Z", false));
  EXPECT_FALSE(known()[0].sound);
}

TEST_F(Verdicts, TheNewestDecidesAndDamageWinsTheSameSecond) {
  keep(made("2026-11-22T18:15:00Z", false));
  EXPECT_TRUE(standing_of(VerdictStore(*repository_), set_).damaged());
  keep(made("2026-11-22T18:15:00Z"));
  EXPECT_TRUE(standing_of(VerdictStore(*repository_), set_).damaged());
  keep(made("2026-11-22T18:15:01Z"));
  const SetStanding standing = standing_of(VerdictStore(*repository_), set_);
  EXPECT_FALSE(standing.damaged());
  EXPECT_EQ(standing.verified_utc(), "2026-11-22T18:15:01Z");
}

TEST_F(Verdicts, TheReadBackIsOlderThanAnyOtherLookWhateverTheClockSaid) {
  Verdict read_back = made("2026-11-24T18:15:00Z");
  read_back.kind = kVerdictReadBack;
  keep(read_back);
  keep(made("2026-11-20T18:15:00Z", false));
  ASSERT_EQ(known().size(), 2u);
  EXPECT_FALSE(known()[0].sound);
  EXPECT_TRUE(standing_of(VerdictStore(*repository_), set_).damaged());
}

TEST_F(Verdicts, AClockThatWentBackDoesNotThrowAwayWhatWasJustFound) {
  for (int i = 0; i < 30; ++i) keep(made(fmt::format("2026-11-22T18:15:{:02}Z", i)));
  keep(made("2026-11-20T18:15:00Z", false));
  EXPECT_THAT(known(), testing::Contains(testing::Field(&Verdict::sound, false)));
}

TEST_F(Verdicts, OnlyTheNewestFewAreKept) {
  for (int second = 10; second < 20; ++second)
    keep(made("2026-11-22T18:15:" + std::to_string(second) + "Z"));
  EXPECT_EQ(files().size(), VerdictStore::kKeptMax);
  EXPECT_EQ(known()[0].time_utc, "2026-11-22T18:15:19Z");
}

TEST_F(Verdicts, RubbishInTheFolderHarmsNothing) {
  keep(made("2026-11-22T18:15:00Z"));
  const std::string name = files().at(0);
  test::write_file(name.substr(0, name.size() - 5) + "x.json", std::vector<std::byte>(100'000));
  test::write_file(dir_ / "repo/verdicts/readme", {});
  fs::create_directory(name.substr(0, name.size() - 5) + "y.json");
  EXPECT_EQ(known().size(), 1u);
}

TEST_F(Verdicts, AMissingOrCutImageStandsDamaged) {
  keep(made("2026-11-22T18:15:00Z"));
  fs::resize_file(set_.path + "/D.tint", 999);
  const SetStanding cut = standing_of(VerdictStore(*repository_), set_);
  EXPECT_TRUE(cut.damaged());
  EXPECT_THAT(cut.volumes[0].problem, testing::HasSubstr("has 999 bytes"));
  EXPECT_EQ(cut.verified_utc(), "");
  fs::remove(set_.path + "/D.tint");
  EXPECT_THAT(standing_of(VerdictStore(*repository_), set_).volumes[0].problem,
              testing::HasSubstr("is missing"));
}

}  // namespace
}  // namespace tintype
