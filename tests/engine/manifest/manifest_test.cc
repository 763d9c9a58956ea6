#include "engine/manifest/manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "engine/manifest/manifest_json.h"
#include "tests/engine/manifest/manifest_samples.h"

namespace tintype {
namespace {

using test::sample_manifest;
using ::testing::HasSubstr;
using ::testing::Not;

// `text` with the first `from` replaced, and signed again: one lie in an otherwise true manifest.
std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return test::signed_again(std::move(text));
}

std::string error_of(std::string_view json) {
  const auto parsed = parse_manifest(json, "set.json");
  return parsed ? "no error" : parsed.error().line();
}

TEST(Manifest, ComesBackAsItWasWritten) {
  const std::string json = to_json(sample_manifest());
  const auto back = parse_manifest(json, "set.json");
  ASSERT_TRUE(back) << back.error().line();
  EXPECT_EQ(to_json(*back), json);
  ASSERT_EQ(back->volumes.size(), 1u);
  const VolumeManifest& volume = back->volumes[0];
  EXPECT_EQ(volume.label, "Mail \"1\" Ü");
  EXPECT_EQ(volume.unreadable[0].range, (Extent{4096, 512}));
  ASSERT_EQ(volume.databases.size(), 2u);
  EXPECT_EQ(volume.databases[0].pages.bad_checksum, 5u);
  EXPECT_EQ(volume.databases[0].findings[4].page_number, 604);
  EXPECT_FALSE(volume.databases[0].sound());
  EXPECT_EQ(volume.databases[1].findings[0].volume_offset, Finding::kNowhere);
  EXPECT_TRUE(volume.databases[1].sound());
}

TEST(Manifest, UnknownMembersAreIgnored) {
  const std::string json = with(to_json(sample_manifest()), "{", "{\"parent\": {\"set\": [1, 2]},");
  EXPECT_TRUE(parse_manifest(json, "set.json"));
}

TEST(Manifest, MissingVerdictIsNotSound) {
  const std::string json = R"({"format":1,"name":"x","type":"copy",
      "volumes":[{"name":"D","image":"D.tint","volume_bytes":1}]})";
  const auto manifest = parse_manifest(json, "set.json");
  ASSERT_TRUE(manifest) << manifest.error().line();
  EXPECT_FALSE(manifest->sound);
}

TEST(Manifest, NamesThatLeaveTheFolderAreRefused) {
  const std::string json = to_json(sample_manifest());
  for (const char* name : {"../x.tint", "/etc/x.tint", "a/b.tint", "..\\\\x.tint", ".tint", "x", "",
                           "C:x.tint", "a\\u0000.tint", "-x.tint", "a\\n.tint"}) {
    const std::string lie = with(json, "\"D.tint\"", fmt::format("\"{}\"", name));
    EXPECT_THAT(error_of(lie), HasSubstr("is not the name of a .tint file")) << name;
  }
  EXPECT_THAT(error_of(with(json, "\"name\": \"D\"", "\"name\": \"../D\"")),
              HasSubstr("plain name"));
}

TEST(Manifest, EveryWrongTypeIsNamed) {
  const std::string json = to_json(sample_manifest());
  struct Lie {
    std::string_view from, to, error;
  };
  for (const Lie& lie : {
           Lie{"\"format\": 2", "\"format\": 3", "use a newer tintype"},
           Lie{"\"format\": 2", "\"format\": 0", "impossible format"},
           Lie{"\"format\": 2", "\"format\": 1", "format 1 and a later one's"},
           Lie{"\"format\": 2", "\"format\": \"2\"", "format is not a whole number"},
           Lie{"\"format\": 2,", "", "format is missing"},
           Lie{"\"sequence\": 1", "\"sequence\": 0", "impossible sequence"},
           Lie{"\"sequence\": 1,", "", "impossible sequence"},
           Lie{"\"name\": ", "\"name\": \"x\", \"name\": ", "name is there twice"},
           Lie{"\"volumes\": [", "\"volumes\": 7, \"x\": [", "volumes is not a list"},
           Lie{"\"volumes\": [", "\"volumes\": [7, ", "volumes[0] is not an object"},
           Lie{"\"type\": \"full\"", "\"type\": \"half\"", "type is neither"},
           Lie{"\"sound\": false", "\"sound\": 0", "sound is not true or false"},
           Lie{"\"volume_bytes\": 1073741824", "\"volume_bytes\": -1",
               "volumes[0].volume_bytes is out"},
           Lie{"\"volume_bytes\": 1073741824", "\"volume_bytes\": 1e300", "is not a whole number"},
           Lie{"\"chunk_bytes\": 1048576", "\"chunk_bytes\": 99999999999",
               "chunk_bytes is out of range"},
           Lie{"\"volume_bytes\": 1073741824", "\"volume_bytes\": 1000", "more bytes than it has"},
           Lie{"\"offset\": 4096", "\"offset\": 18446744073709551615", "beyond its end"},
           Lie{"\"label\": \"Mail", "\"label\": [], \"x\": \"Mail",
               "volumes[0].label is not a string"},
           Lie{"\"pages\": {", "\"pages\": 7, \"x\": {",
               "volumes[0].databases[0].pages is not an object"},
           Lie{"\"sound\": false", "\"sound\": true", "claims to be sound"},
       })
    EXPECT_THAT(error_of(with(json, lie.from, lie.to)), HasSubstr(lie.error)) << lie.to;
}

TEST(Manifest, RubbishIsAnErrorInOneLine) {
  for (const std::string& json :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"), std::string("{}"),
        std::string("\0\xff\xfe", 3), std::string(100'000, '['), std::string("{\"format\":1}")})
    EXPECT_THAT(error_of(json), Not(testing::AnyOf(HasSubstr("no error"), HasSubstr("\n"))));
  // Cut anywhere, it is never taken for whole.
  const std::string json = to_json(sample_manifest());
  for (std::size_t length = 0; length + 2 < json.size(); length += 7)
    EXPECT_FALSE(parse_manifest(json.substr(0, length), "set.json")) << length;
}

// Flipped, dropped and doubled bytes: read without a fault, and never an image outside the set.
TEST(Manifest, MutationsAreReadSafely) {
  const std::string json = to_json(sample_manifest());
  std::mt19937 random(20261122);
  for (int i = 0; i < 3000; ++i) {
    std::string mutant = json;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % mutant.size();
      switch (random() % 4) {
        case 0:
          mutant[at] = static_cast<char>(random());
          break;
        case 1:
          mutant.erase(at, 1 + random() % 40);
          break;
        case 2:
          mutant.insert(at, mutant.substr(random() % mutant.size(), random() % 40));
          break;
        default:
          mutant[at] = "0123456789-\"{}[],:."[random() % 19];
      }
    }
    if (const auto manifest = parse_manifest(test::signed_again(mutant), "set.json")) {
      EXPECT_EQ(contradiction_in(*manifest), "");
      for (const VolumeManifest& volume : manifest->volumes)
        EXPECT_EQ(volume.image.find('/'), std::string::npos);
    } else {
      EXPECT_EQ(manifest.error().line().find('\n'), std::string::npos);
    }
  }
}

TEST(Manifest, FromWhereItWasReadBackIsOneOfTheKnownWords) {
  const std::string good = to_json(sample_manifest());
  for (const ReadBack known : {ReadBack::none, ReadBack::page_cache, ReadBack::direct})
    EXPECT_EQ(parse_read_back(to_string(known)), known);
  EXPECT_THAT(error_of(with(good, R"("direct")", R"("dirtct")")), HasSubstr("read_back"));
  EXPECT_THAT(error_of(with(good, R"("direct")", R"("")")), HasSubstr("read back is not said"));
}

TEST(Manifest, BytesThatAreNoUtf8AreReplaced) {
  SetManifest manifest = sample_manifest();
  manifest.volumes[0].databases[0].path = "/bad\xff\xfename.edb";
  const auto back = parse_manifest(to_json(manifest), "set.json");
  ASSERT_TRUE(back);
  EXPECT_THAT(back->volumes[0].databases[0].path, HasSubstr("\xEF\xBF\xBD"));
}

TEST(Manifest, ReportLineIsOneLine) {
  const std::string line = to_json_line(test::damaged_database());
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_THAT(line, HasSubstr(R"("path":"/DB1.edb","sound":false)"));
  EXPECT_THAT(line, HasSubstr(R"("kind":"bad_checksum")"));
}

TEST(Manifest, WithoutItsChecksumIsRefused) {
  const std::string good = to_json(sample_manifest());
  // A lost tail, mended so that it parses; then the format "mended", too.
  std::string bare = good.substr(0, good.rfind(",\"checksum\"")) + "\n}\n";
  EXPECT_THAT(error_of(bare), HasSubstr("has lost its checksum"));
  bare.replace(bare.find("\"format\": 2"), 11, "\"format\": 1");
  EXPECT_THAT(error_of(bare), HasSubstr("format 1 and a later one's \"sequence\""));
  EXPECT_THAT(error_of(good + "x"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(error_of(good + "\n"), HasSubstr("has lost its checksum"));
}

TEST(Manifest, FormatOneIsRefusedWhereTheRepositoryDemandsAChecksum) {
  const std::string old = R"({"format":1,"name":"x","type":"copy",
      "volumes":[{"name":"D","image":"D.tint","volume_bytes":1}]})";
  EXPECT_TRUE(parse_manifest(old, "set.json", 1));
  const auto refused = parse_manifest(old, "set.json", 2);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("without a checksum"));
}

TEST(Manifest, ListsThatWouldNotFitMemoryAreRefused) {
  const std::string json = to_json(test::stream_manifest());
  const std::string many = with(json, "\"count\": 5", "\"count\": 900000");
  EXPECT_THAT(error_of(many), HasSubstr("take more than 40 MiB"));
  EXPECT_THAT(error_of(std::string(kManifestTextBytesMax + 1, ' ')), HasSubstr("too large"));
  // Tens of thousands still read.
  const std::string enough = with(json, "\"count\": 5", "\"count\": 100000");
  const auto read = parse_manifest(enough, "set.json");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(read->streams[0].logs.size(), 100'001u);
}

TEST(Manifest, WhatCannotBeWrittenIsShortenedAndCounted) {
  SetManifest manifest = sample_manifest();
  VolumeManifest& volume = manifest.volumes[0];
  volume.volume_bytes = 1ull << 40;
  volume.unreadable.assign(100'000, {.range = {.offset = 0, .length = 512}, .path = "/file"});
  FileReport bad = test::damaged_database();
  for (std::uint64_t i = bad.findings.size(); i < 1000; ++i) bad.add(bad.findings[0]);
  volume.databases.assign(100, bad);
  EXPECT_GT(to_json(manifest).size(), kManifestTextBytesMax);
  shorten(manifest);
  const std::string json = to_json(manifest);
  EXPECT_LT(json.size(), kManifestTextBytesMax);
  const auto read = parse_manifest(json, "set.json");
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_EQ(summary_of(*read).findings, 100'000u + 100u * 1000u);
  EXPECT_FALSE(read->sound);
}

TEST(RepositoryHead, ComesBackAndRefusesTheFuture) {
  const auto back =
      parse_repository_head(to_json(RepositoryHead{.id = "0123", .program = "tintype 0.1.0"}), "t");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, "0123");
  const auto future = parse_repository_head(R"({"format":9,"id":"x"})", "tintype.json");
  ASSERT_FALSE(future);
  EXPECT_THAT(future.error().line(), HasSubstr("use a newer tintype"));
}

}  // namespace
}  // namespace tintype
