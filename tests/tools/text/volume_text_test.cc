#include "tools/text/volume_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/text/text.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

VolumeFacts sample_facts() {
  VolumeFacts facts;
  facts.name = "/dev/sdb2";
  facts.volume_bytes = 1 << 30;
  facts.sector_bytes = 512;
  facts.filesystem = "ntfs";
  facts.label = "Mail";
  facts.cluster_bytes = 4096;
  facts.allocated_bytes = 1 << 29;
  VolumeFacts::Shadow& sound = facts.shadows.emplace_back();
  sound.copy = {.number = 1,
                .id = "4e3c03c2-7bc6-4288-ad96-c1eac1a55f71",
                .set_id = "0a4e3901-6abb-48fc-95c2-6ab9e38e9e71",
                .created = 130305261097363787,
                .volume_bytes = 1 << 30};
  sound.changes = {468, 473 * kShadowBlockBytes};
  VolumeFacts::Shadow& damaged = facts.shadows.emplace_back();
  damaged.copy = {.number = 2, .created = ~std::uint64_t{0}};
  damaged.problem = std::string(100, 'p') + " " + std::string(50, 'q') + " is damaged\x1b[31m";
  VolumeFacts::Database& dirty = facts.databases.emplace_back();
  dirty.path = "/Mailbox/DB1.edb";
  dirty.file_bytes = 24 << 20;
  dirty.header.status = EseHeaderReading::Status::sound;
  dirty.header.page_bytes = 32768;
  dirty.header.header.state = static_cast<std::uint32_t>(EseState::dirty_shutdown);
  dirty.header.header.gen_min_required = 0x5C;
  dirty.header.header.gen_max_required = 0x5D;
  dirty.stream = "/Logs/E00";
  VolumeFacts::Database& lost = facts.databases.emplace_back();
  lost.path = "/\x01.edb";
  lost.problem = "cannot be read";
  VolumeFacts::Database& corrupt = facts.databases.emplace_back();
  corrupt.path = "/x.edb";
  corrupt.header.problem = "no copy of it is valid";
  return facts;
}

TEST(VolumeText, TellsWhatWasFoundAndWhatCannotBeRead) {
  const std::string text = volume_facts_text(sample_facts(), 80);
  EXPECT_THAT(text, HasSubstr("  filesystem  ntfs \"Mail\", clusters of 4 KiB\n"));
  EXPECT_THAT(text, HasSubstr("  1  2013-12-03T06:35:09Z  468 blocks changed since, 7.39 MiB"));
  EXPECT_THAT(text, HasSubstr("id   4e3c03c2-7bc6-4288-ad96-c1eac1a55f71\n"));
  EXPECT_THAT(text, HasSubstr("  2  time unknown\n       CANNOT BE READ:"));
  EXPECT_THAT(text, HasSubstr("24 MiB, pages of 32 KiB, Dirty Shutdown\n"));
  EXPECT_THAT(text, HasSubstr("needs logs 0x5c to 0x5d of log stream /Logs/E00\n"));
  EXPECT_THAT(text, HasSubstr("HEADER NOT READ: cannot be read"));
  EXPECT_THAT(text, HasSubstr("NO USABLE HEADER: no copy of it is valid"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x01")));
}

TEST(VolumeText, FitsEightyColumnsButForWordsThatDoNot) {
  VolumeFacts facts = sample_facts();
  facts.shadows[1].problem =
      "the block list of shadow copy 2 of /dev/sdb2 is damaged: no block of "
      "it is at 123456789012";
  facts.unreliable = "the journal was not replayed, so what it says of free space may be old";
  std::istringstream lines(volume_facts_text(facts, 80));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
}

TEST(VolumeText, SaysWhatWasNotLookedFor) {
  VolumeFacts facts = sample_facts();
  facts.unmapped = "no file system was recognised";
  facts.shadows.clear();
  facts.shadows_problem = "its catalog is damaged";
  const std::string text = volume_facts_text(facts, 80);
  EXPECT_THAT(text, HasSubstr("NOT LOOKED FOR (no file system was recognised)"));
  EXPECT_THAT(text, HasSubstr("NOT LISTED: its catalog is damaged"));
}

TEST(VolumeText, JsonHasTheSame) {
  const auto json = nlohmann::json::parse(volume_facts_json(sample_facts()).str());
  EXPECT_EQ(json["free_bytes"], 1 << 29);
  EXPECT_EQ(json["shadow_copies"][0]["created_utc"], "2013-12-03T06:35:09Z");
  EXPECT_EQ(json["shadow_copies"][0]["changed_blocks"], 468);
  EXPECT_EQ(json["shadow_copies"][1]["created_utc"], "");
  EXPECT_THAT(json["shadow_copies"][1]["problem"].get<std::string>(), HasSubstr("is damaged"));
  EXPECT_EQ(json["databases"][0]["state"], "Dirty Shutdown");
  EXPECT_EQ(json["databases"][0]["logs_required_from"], 0x5C);
  EXPECT_EQ(json["databases"][0]["log_stream"], "/Logs/E00");
  EXPECT_FALSE(json["databases"][1].contains("state"));
  EXPECT_EQ(json["databases"][2]["problem"], "no copy of it is valid");
}

}  // namespace
}  // namespace tintype
