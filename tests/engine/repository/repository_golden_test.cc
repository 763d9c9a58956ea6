// What format 1 wrote, kept in tests/golden/ and read for ever.
#include <gmock/gmock.h>

#include "engine/manifest/manifest_json.h"
#include "engine/repository/repository.h"
#include "engine/repository/set_order.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;

const std::string kGolden = TINTYPE_SOURCE_DIR "/tests/golden/repository-v1";

TEST(RepositoryGolden, FormatOneIsRead) {
  const auto repository = Repository::open(kGolden);
  ASSERT_TRUE(repository) << repository.error().line();
  EXPECT_EQ(repository->format(), 1);
  EXPECT_EQ(repository->id(), "9d17791405f5023b164e67f2ba350e21");
  const auto sets = repository->sets();
  ASSERT_TRUE(sets);
  ASSERT_EQ(sets->size(), 3u);
  for (const SetEntry& set : *sets) {
    EXPECT_EQ(set.problem, "");
    EXPECT_EQ(set.manifest.format, 1);
    EXPECT_EQ(set.manifest.sequence, 0u);
    EXPECT_EQ(set.manifest.host, "mail1");
    EXPECT_TRUE(set.summary.databases_checked);
  }
  EXPECT_TRUE((*sets)[0].manifest.sound);
  EXPECT_EQ((*sets)[1].summary.findings, 1u);
  EXPECT_TRUE((*sets)[2].manifest.volumes[0].folder);
  EXPECT_EQ(next_sequence(*sets), 1u);

  const auto full = repository->find("20261130T105038Z");
  ASSERT_TRUE(full);
  const EseStreamReport& stream = full->manifest.streams.at(0);
  EXPECT_EQ(stream.logs.size(), 12u);
  EXPECT_EQ(stream.gen_checkpoint, 9);
  EXPECT_TRUE(full->manifest.gates.at(0).open());
  EXPECT_EQ(full->manifest.gates[0].truncate_below, 9);
}

}  // namespace
}  // namespace tintype
