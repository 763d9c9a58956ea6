// A manifest in which one statement is no longer what its parts say: refused, whoever wrote it.
#include <gmock/gmock.h>

#include <functional>

#include "engine/manifest/manifest.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

using test::signed_again;
using ::testing::HasSubstr;

struct Lie {
  const char* about;
  std::function<void(SetManifest&)> tell;
  const char* error;
};

FileReport& database(SetManifest& manifest) {
  return manifest.volumes[0].databases[0];
}
EseStreamReport& stream(SetManifest& manifest) {
  return manifest.streams[0];
}
GateRecord& gate(SetManifest& manifest) {
  return manifest.gates[0];
}

TEST(ManifestLies, TheTrueOneIsBelieved) {
  EXPECT_EQ(contradiction_in(test::stream_manifest()), "");
  EXPECT_EQ(contradiction_in(test::sample_manifest()), "");
}

TEST(ManifestLies, EachIsFoundWhenItIsWrittenAndWhenItIsRead) {
  const Lie lies[] = {
      {"set unsound", [](auto& m) { m.sound = false; }, "claims findings, and has none"},
      {"name", [](auto& m) { m.name = "../x"; }, "no name for a backup set"},
      {"start", [](auto& m) { m.started_utc = "2026-13-22T18:15:00Z"; }, "is no time"},
      {"end", [](auto& m) { m.finished_utc = ""; }, "is no time"},
      {"sequence", [](auto& m) { m.sequence = 1ull << 60; }, "impossible sequence"},
      {"volumes", [](auto& m) { m.volumes.clear(); }, "lists no volumes"},
      {"captured", [](auto& m) { m.volumes[0].captured_bytes = 1ull << 40; }, "more bytes than"},
      {"digest", [](auto& m) { m.volumes[0].content_digest[3] = 'G'; }, "32 hexadecimal"},
      {"digest length", [](auto& m) { m.volumes[0].content_digest.pop_back(); }, "32 hexadecimal"},
      {"read back", [](auto& m) { m.volumes[0].read_back = ReadBack::unsaid; },
       "read back is not said"},
      {"chunk", [](auto& m) { m.volumes[0].chunk_bytes = 1000; }, "chunks of 1000 bytes"},
      {"folder", [](auto& m) { m.volumes[0].folder_problems.total = 1; },
       "changed while it was read"},
      {"unreadable",
       [](auto& m) { m.volumes[0].unreadable.push_back({.range = {.offset = 0, .length = 1}}); },
       "claims to be sound, but volume D has unreadable"},
      {"unreadable, only counted", [](auto& m) { m.volumes[0].unreadable_total = 3; },
       "claims to be sound, but volume D has unreadable"},
      {"empty range",
       [](auto& m) { m.volumes[0].unreadable.push_back({.range = {.offset = 0, .length = 0}}); },
       "unreadable range"},
      {"pages seen", [](auto& m) { ++database(m).pages.seen; }, "counts other pages"},
      {"pages sound", [](auto& m) { ++database(m).pages.sound; }, "counts other pages"},
      {"pages bad", [](auto& m) { ++database(m).pages.bad_checksum; }, "counts other pages"},
      {"pages of a kind", [](auto& m) { database(m).pages.correctable = 1000; }, "more pages of a"},
      {"pages unreadable",
       [](auto& m) {
         --database(m).pages.sound;
         ++database(m).pages.unreadable;
       },
       "bad pages without a finding"},
      {"pages expected", [](auto& m) { ++database(m).pages_expected; }, "claims to be sound"},
      {"findings total", [](auto& m) { database(m).findings_total = 0; }, "counts its findings"},
      {"unsound total", [](auto& m) { database(m).unsound_total = 1; }, "other findings"},
      {"unchecked total", [](auto& m) { database(m).unchecked_total = 1; }, "counts its findings"},
      {"finding's kind", [](auto& m) { database(m).findings[0].kind = FindingKind::bad_checksum; },
       "other findings"},
      {"stream's volume", [](auto& m) { stream(m).volume = gate(m).volume = "E"; },
       "which is not in the set"},
      {"stream's database is unsound", [](auto& m) { stream(m).databases[0].sound = false; },
       "is not sound"},
      {"stream's database is nowhere", [](auto& m) { stream(m).databases[0].path = "/x.edb"; },
       "no volume does"},
      {"stream needs no log", [](auto& m) { stream(m).verdict = StreamVerdict::sound; },
       "was not shut down clean"},
      {"stream's verdict", [](auto& m) { stream(m).verdict = StreamVerdict::not_recoverable; },
       "claims to be sound, but log stream"},
      {"stream's findings",
       [](auto& m) { stream(m).findings.push_back({.kind = FindingKind::incomplete}); },
       "in spite of its findings"},
      {"stream without databases", [](auto& m) { stream(m).databases.clear(); },
       "without a database"},
      {"no gate", [](auto& m) { m.gates.clear(); }, "the gates of 0"},
      {"another's gate", [](auto& m) { gate(m).base = "E01"; }, "is another one's"},
      {"gate shut, logs go", [](auto& m) { gate(m).preconditions[0].met = false; },
       "is shut and lets logs go"},
      {"gate shut, nobody knows why",
       [](auto& m) { gate(m) = {.base = "E00", .volume = "D", .log_folder = "/Mailbox"}; },
       "does not say why"},
      {"gate of a copy", [](auto& m) { m.type = BackupType::copy; }, "that is not full"},
      {"gate, unasserted", [](auto& m) { m.all_databases = false; }, "nobody said"},
      {"gate, not read back", [](auto& m) { m.volumes[0].read_back = ReadBack::none; },
       "not read back"},
      {"gate, folder", [](auto& m) { m.volumes[0].folder = true; }, "is a folder's"},
      {"gate, circular", [](auto& m) { stream(m).circular = true; }, "keeps it shut"},
      {"gate, no checkpoint", [](auto& m) { stream(m).gen_checkpoint = 0; }, "keeps it shut"},
      {"gate, others attached", [](auto& m) { stream(m).attached_elsewhere = {"E:\\x.edb"}; },
       "keeps it shut"},
      {"gate, damaged log", [](auto& m) { stream(m).logs[1].sound = false; }, "a damaged log"},
      {"gate, repaired", [](auto& m) { stream(m).databases[0].repairs = 1; }, "was repaired"},
      {"gate's event", [](auto& m) { gate(m).event = 1; }, "without its event"},
      {"gate's range", [](auto& m) { gate(m).truncate_below = 1; }, "its event denies"},
      {"gate beyond the checkpoint", [](auto& m) { gate(m).truncate_below = 5; },
       "which a restore needs"},
      {"gate beyond the database",
       [](auto& m) {
         stream(m).gen_checkpoint = 5;
         gate(m).truncate_below = 5;
       },
       "DB2.edb needs"},
  };
  const std::string honest = to_json(test::stream_manifest());
  for (const Lie& lie : lies) {
    SetManifest manifest = test::stream_manifest();
    lie.tell(manifest);
    EXPECT_THAT(contradiction_in(manifest), HasSubstr(lie.error)) << lie.about;
    const std::string json = to_json(manifest);
    if (json == honest) continue;  // problems of a folder are written of folders only
    EXPECT_FALSE(parse_manifest(json, "set.json")) << lie.about;
  }
}

// Members that only repeat what others say.
TEST(ManifestLies, WhatIsSaidTwiceMustAgree) {
  for (const auto& [from, to] : {std::pair{"\"sound\": true,\n          \"checked\"",
                                           "\"sound\": false,\n          \"checked\""},
                                 std::pair{"\"checked\": true", "\"checked\": false"},
                                 std::pair{"\"open\": true", "\"open\": false"}}) {
    std::string json = to_json(test::stream_manifest());
    const auto at = json.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    json.replace(at, std::string_view(from).size(), to);
    const auto read = parse_manifest(signed_again(json), "set.json");
    ASSERT_FALSE(read) << from;
    EXPECT_THAT(read.error().line(), HasSubstr("say")) << from;
  }
}

}  // namespace
}  // namespace tintype
