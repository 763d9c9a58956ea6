#include "engine/image/read/image_reader.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/image/chunk_codec.h"
#include "engine/image/image_format.h"
#include "io/aligned_buffer.h"
#include "support/temp_dir.h"
#include "tests/engine/image/image_probe.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {

bool operator==(const ImageEpilogue& a, const ImageEpilogue& b) {
  return a.volume_name == b.volume_name && a.filesystem == b.filesystem &&
         a.all_blocks == b.all_blocks && a.captured == b.captured && a.unreadable == b.unreadable &&
         a.report_json == b.report_json;
}

namespace {

using test::Bytes;
using test::ImageBuilder;
using test::TempDir;
using test::Texture;
using test::textured;

TEST(ImageReader, GivesBackWhatTheLayoutWasGiven) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const ImageBuilder built = test::random_image(seed, {.stock = seed % 4 == 0});
    const auto parsed = test::parse(built.image());
    ASSERT_TRUE(parsed) << parsed.error().line();
    EXPECT_EQ(parsed->records, built.layout().records());
    EXPECT_EQ(parsed->content_digest, built.layout().content_digest());
    EXPECT_TRUE(parsed->epilogue == test::sample_epilogue(built.volume().size()));
    EXPECT_EQ(parsed->geometry.volume_bytes, built.volume().size());
    EXPECT_EQ(parsed->geometry.stock, seed % 4 == 0);
    const test::Verdict verdict = test::examine(built.image());
    EXPECT_EQ(verdict.caught, test::Caught::nowhere);
    EXPECT_TRUE(verdict.volume == built.volume());
  }
}

TEST(ImageReader, OpensAFileAndPredictsItsHeads) {
  const TempDir dir;
  const ImageBuilder built = test::random_image(11, {.records = 30});
  test::write_file(dir / "a.tint", built.image());
  const auto reader = ImageReader::open(dir / "a.tint");
  ASSERT_TRUE(reader) << reader.error().line();
  EXPECT_EQ(reader->file_bytes(), built.image().size());
  EXPECT_EQ(reader->records(), built.layout().records());
  EXPECT_EQ(reader->content_digest(), built.layout().content_digest());
  EXPECT_TRUE(reader->epilogue() == test::sample_epilogue(built.volume().size()));
  for (std::size_t i = 0; i < reader->records().size(); ++i) {
    const ImageRecord& record = reader->records()[i];
    if ((record.flags & kRecordRun) != 0) continue;
    EXPECT_EQ(reader->expected_head(i), built.layout().expected_head(i));
    const std::size_t whole = (record.stored_bytes + 4095) / 4096 * 4096;
    const AlignedBuffer buffer(whole);
    const auto got = reader->file().read_at(record.payload_offset, buffer.bytes());
    ASSERT_TRUE(got && *got >= record.stored_bytes);
    Bytes plain(record.plain_bytes);
    EXPECT_EQ(open_chunk(record, buffer.bytes().first(record.stored_bytes), plain),
              ChunkFault::none);
    EXPECT_EQ(std::memcmp(plain.data(), built.volume().data() + record.volume_offset, plain.size()),
              0);
  }
}

TEST(ImageReader, SectionsOfManyFramesComeBackWhole) {
  constexpr std::size_t kChunks = 20'000;  // a frame holds 16,384 index entries
  ImageBuilder built({.volume_bytes = kChunks + 200'000, .chunk_bytes = 64 << 10});
  for (std::size_t i = 0; i < kChunks; ++i) built.add_chunk({static_cast<std::byte>(i)}, false);
  built.add_run(200'000);
  ImageEpilogue epilogue;
  epilogue.all_blocks = true;
  for (std::uint64_t at = 0; at < 180'000; at += 3)
    epilogue.captured.push_back({.offset = at, .length = 2});
  epilogue.unreadable = {{0, 1}, {2, 1}};
  epilogue.report_json.assign(3'000'001, 'x');
  built.finish(epilogue, 12288);
  const auto parsed = test::parse(built.image());
  ASSERT_TRUE(parsed) << parsed.error().line();
  EXPECT_EQ(parsed->records, built.layout().records());
  EXPECT_TRUE(parsed->epilogue == epilogue);
}

TEST(ImageReader, EmptyVolumeAndVolumeOfZerosAreRead) {
  for (const std::uint64_t bytes : {0u, 1u, 1u << 20}) {
    ImageBuilder built({.volume_bytes = bytes, .chunk_bytes = 64 << 10});
    if (bytes > 0) built.add_run(bytes);
    built.finish({});
    const test::Verdict verdict = test::examine(built.image());
    EXPECT_EQ(verdict.caught, test::Caught::nowhere) << verdict.error;
    EXPECT_TRUE(verdict.volume == built.volume());
  }
}

TEST(ImageReader, FileThatIsNotThereOrIsNoImageIsAnError) {
  const TempDir dir;
  EXPECT_NE(ImageReader::open(dir / "none").error().line().find("none"), std::string::npos);
  for (const std::size_t size : {0u, 1u, 255u, 256u, 4096u, 100'000u}) {
    const std::string path = dir / "noise";
    test::write_file(path, textured(size, Texture::noise, size));
    const auto reader = ImageReader::open(path);
    ASSERT_FALSE(reader);
    EXPECT_NE(reader.error().line().find("is not a Tintype image"), std::string::npos);
  }
}

ImageRecord record_for(const Bytes& plain, const Bytes& payload, bool stored_plain) {
  return {.plain_bytes = plain.size(),
          .stored_bytes = static_cast<std::uint32_t>(payload.size()),
          .flags = stored_plain ? kRecordStoredPlain : 0,
          .plain_digest = xxh3_128(plain),
          .stored_digest = xxh3_64(payload)};
}

Bytes compressed(const Bytes& plain) {
  Bytes payload(plain.size());
  payload.resize(compress_chunk(plain, payload));
  return payload;
}

TEST(OpenChunk, TellsWhichOfItsPromisesIsBroken) {
  for (const bool stored_plain : {false, true}) {
    SCOPED_TRACE(stored_plain);
    for (const std::size_t size : {100u, 240u, 241u, 5000u}) {
      const Bytes plain = textured(size, Texture::text, size);
      const Bytes payload = stored_plain ? plain : compressed(plain);
      ASSERT_FALSE(payload.empty());
      const ImageRecord record = record_for(plain, payload, stored_plain);
      Bytes out(size);
      EXPECT_EQ(open_chunk(record, payload, out), ChunkFault::none);
      EXPECT_EQ(out, plain);

      ImageRecord bad = record;
      bad.stored_digest ^= 1;
      EXPECT_EQ(open_chunk(bad, payload, out), ChunkFault::stored_digest);
      bad = record;
      bad.plain_digest.high ^= 1;
      EXPECT_EQ(open_chunk(bad, payload, out), ChunkFault::plain_digest);
      bad = record;
      bad.flags |= kRecordRun;
      EXPECT_EQ(open_chunk(bad, payload, out), ChunkFault::decode);
      EXPECT_EQ(open_chunk(record, std::span(payload).first(payload.size() - 1), out),
                ChunkFault::stored_digest);
      Bytes larger(size + 1);
      EXPECT_EQ(open_chunk(record, payload, larger), ChunkFault::decode);
      EXPECT_EQ(open_chunk(record, payload, std::span(larger).first(size - 1)), ChunkFault::decode);
      bad = record;
      ++bad.plain_bytes;  // one byte more than the payload unpacks to
      EXPECT_EQ(open_chunk(bad, payload, larger), ChunkFault::decode);
    }
  }
}

TEST(OpenChunk, ChecksAPlainChunkWhereItLies) {
  Bytes plain = textured(5000, Texture::noise, 1);
  const ImageRecord record = record_for(plain, plain, true);
  EXPECT_EQ(open_chunk(record, plain, plain), ChunkFault::none);
  EXPECT_EQ(open_chunk(record, plain, {}), ChunkFault::none);
  plain[4999] ^= std::byte{1};
  EXPECT_EQ(open_chunk(record, plain, {}), ChunkFault::stored_digest);
}

// The forger knows XXH3: only the decoder's own care stands between him and the heap. Spans of the
// exact size let the address sanitizer see one byte too many.
TEST(OpenChunk, SurvivesForgedPayloads) {
  const Bytes plain = textured(3000, Texture::text, 5);
  const Bytes sound = compressed(plain);
  std::mt19937_64 random(1);
  for (int round = 0; round < 30'000; ++round) {
    Bytes payload = sound;
    payload.resize(1 + random() % sound.size());
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes)
      payload[random() % payload.size()] = static_cast<std::byte>(random());
    const ImageRecord record = record_for(plain, payload, false);
    Bytes out(plain.size());
    const ChunkFault fault = open_chunk(record, payload, out);
    if (fault == ChunkFault::none) {
      ASSERT_EQ(out, plain);
    }
    ASSERT_NE(fault, ChunkFault::stored_digest);
  }
}

TEST(OpenChunk, NamesItsFaults) {
  for (const ChunkFault fault : {ChunkFault::none, ChunkFault::stored_digest, ChunkFault::decode,
                                 ChunkFault::plain_digest}) {
    EXPECT_NE(to_string(fault), "unknown");
  }
}

}  // namespace
}  // namespace tintype
