#include "engine/image/image_layout.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "engine/image/image_format.h"
#include "support/temp_dir.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using test::Bytes;
using test::ImageBuilder;
using test::TempDir;
using test::Texture;
using test::textured;

// The stock program is the independent judge of the format.
bool lz4_is_here() {
  return test::run_command("lz4 --version").exit_code == 0;
}

bool in_ci() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

#define TINTYPE_NEED_LZ4()                                             \
  if (!lz4_is_here()) {                                                \
    if (in_ci()) FAIL() << "the lz4 program is missing under CI=true"; \
    GTEST_SKIP() << "the lz4 program is not here";                     \
  }

void expect_lz4_accepts(const Bytes& image, const TempDir& dir) {
  test::write_file(dir / "a.tint", image);
  const auto outcome = test::run_command("lz4 -t < " + (dir / "a.tint"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

void expect_payloads_in_place(const ImageBuilder& built) {
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < built.layout().records().size(); ++i) {
    const ImageRecord& record = built.layout().records()[i];
    if ((record.flags & kRecordRun) != 0) continue;
    ASSERT_EQ(record.payload_offset % kImageAlignmentBytes, 0u);
    const auto payload =
        std::span(built.image()).subspan(record.payload_offset, record.stored_bytes);
    EXPECT_EQ(xxh3_64(payload), record.stored_digest);
    const Bytes head = built.layout().expected_head(i);
    ASSERT_EQ(end + head.size(), record.payload_offset);
    EXPECT_LE(head.size() + end % kImageAlignmentBytes, kImageHeadroomBytes);
    EXPECT_EQ(std::memcmp(head.data(), built.image().data() + end, head.size()), 0) << i;
    end = record.payload_offset + record.stored_bytes;
  }
}

TEST(ImageLayout, RandomImagesAreAlignedAndTheirHeadsArePredictable) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const ImageBuilder built = test::random_image(seed, {.stock = seed % 4 == 0});
    EXPECT_EQ(built.image().size() % kImageAlignmentBytes, 0u);
    expect_payloads_in_place(built);
  }
}

TEST(ImageLayout, StockProgramAcceptsRandomImages) {
  TINTYPE_NEED_LZ4();
  const TempDir dir;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    expect_lz4_accepts(test::random_image(seed, {}).image(), dir);
  }
}

TEST(ImageLayout, StockImageUnpacksToTheVolumeAtEveryChunkSize) {
  TINTYPE_NEED_LZ4();
  const TempDir dir;
  for (std::uint32_t chunk_bytes = 64 << 10; chunk_bytes <= 4 << 20; chunk_bytes *= 2) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(seed);
      const ImageBuilder built = test::random_image(
          seed, {.chunk_bytes = chunk_bytes, .stock = true, .compress = seed % 2 == 0});
      expect_lz4_accepts(built.image(), dir);
      const auto outcome = test::run_command("lz4 -dc < " + (dir / "a.tint") + " > " + (dir / "b"));
      ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
      EXPECT_TRUE(test::read_file(dir / "b") == built.volume());
    }
  }
}

TEST(ImageLayout, NeighbouringRunsBecomeOneRecord) {
  ImageBuilder built({.volume_bytes = 3000, .chunk_bytes = 64 << 10});
  built.add_run(1000);
  built.add_run(500, kRecordUnreadable);
  built.add_run(1000);
  built.add_chunk(textured(500, Texture::noise, 1));
  ASSERT_EQ(built.layout().records().size(), 2u);
  EXPECT_EQ(built.layout().records()[0].plain_bytes, 2500u);
  EXPECT_EQ(built.layout().records()[0].flags, kRecordRun | kRecordUnreadable);
}

TEST(ImageLayout, VolumesWithoutDataOrWithoutBytesAreImagesToo) {
  TINTYPE_NEED_LZ4();
  const TempDir dir;
  for (const std::uint64_t bytes : {0u, 1u, 511u, 1u << 20}) {
    ImageBuilder built({.volume_bytes = bytes, .chunk_bytes = 64 << 10});
    if (bytes > 0) built.add_run(bytes);
    built.finish({}, 4096);
    EXPECT_EQ(built.image().size(), 4096u);
    expect_lz4_accepts(built.image(), dir);
  }
}

TEST(ImageLayout, PieceSizeChangesNoByte) {
  for (const std::size_t piece_bytes : {4096u, 8192u, 12288u, 1u << 20}) {
    ImageBuilder built({.volume_bytes = 500'000, .chunk_bytes = 64 << 10});
    ImageBuilder reference({.volume_bytes = 500'000, .chunk_bytes = 64 << 10});
    for (ImageBuilder* builder : {&built, &reference}) {
      for (int i = 0; i < 50; ++i) {
        builder->add_chunk(textured(5000, Texture::text, 7));
        builder->add_run(5000);
      }
    }
    built.finish(test::sample_epilogue(500'000), piece_bytes);
    reference.finish(test::sample_epilogue(500'000));
    EXPECT_TRUE(built.image() == reference.image()) << piece_bytes;
  }
}

TEST(ImageLayout, ContentDigestDoesNotKnowCompression) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const ImageBuilder packed = test::random_image(seed, {});
    const ImageBuilder plain = test::random_image(seed, {.compress = false});
    ASSERT_EQ(packed.volume(), plain.volume());
    EXPECT_EQ(packed.layout().content_digest(), plain.layout().content_digest()) << seed;
  }
  EXPECT_NE(test::random_image(3, {}).layout().content_digest(),
            test::random_image(4, {}).layout().content_digest());
}

TEST(ImageLayout, ContentDigestDoesNotKnowHowZerosAreKept) {
  for (const std::size_t last_bytes : {700u, 65'536u}) {
    const std::uint64_t volume_bytes = 3 * 65'536 + last_bytes;
    ImageBuilder runs({.volume_bytes = volume_bytes, .chunk_bytes = 64 << 10});
    ImageBuilder stock({.volume_bytes = volume_bytes, .chunk_bytes = 64 << 10, .stock = true});
    const Digest128 nothing = runs.layout().content_digest();
    for (int i = 0; i < 2; ++i) {
      runs.add_run(65'536);
      stock.add_chunk(Bytes(65'536), i == 0);
    }
    EXPECT_EQ(stock.layout().content_digest(), nothing);
    const Bytes data = textured(65'536, Texture::text, 1);
    runs.add_chunk(data);
    stock.add_chunk(data);
    runs.add_run(last_bytes);
    stock.add_chunk(Bytes(last_bytes));
    EXPECT_EQ(runs.layout().content_digest(), stock.layout().content_digest());
    EXPECT_NE(runs.layout().content_digest(), nothing);
  }
}

TEST(ImageLayout, ExtentsOfTheEpilogueAreNormalizedAndCutAtTheVolumesEnd) {
  ImageBuilder messy({.volume_bytes = 1000, .chunk_bytes = 64 << 10});
  ImageBuilder neat({.volume_bytes = 1000, .chunk_bytes = 64 << 10});
  messy.add_run(1000);
  neat.add_run(1000);
  messy.finish({.captured = {{600, 900}, {0, 10}, {5, 20}, {30, 0}}});
  neat.finish({.captured = {{0, 25}, {600, 400}}});
  EXPECT_TRUE(messy.image() == neat.image());
}

using ImageLayoutDeathTest = testing::Test;

TEST(ImageLayoutDeathTest, CallerThatBreaksTheContractIsStopped) {
  const ImageGeometry geometry{.volume_bytes = 5000, .chunk_bytes = 64 << 10};
  Bytes buffer(kImageHeadroomBytes + 5000);
  const ImageRecord chunk{.plain_bytes = 5000, .stored_bytes = 5000, .flags = kRecordStoredPlain};
  const auto place = [&](ImageRecord record) {
    ImageLayout layout(geometry);
    layout.place(record, buffer);
  };
  place(chunk);
  ImageRecord bad = chunk;
  bad.volume_offset = 1;
  EXPECT_DEATH(place(bad), "leaves a gap");
  bad = chunk;
  bad.plain_bytes = bad.stored_bytes = 5001;
  EXPECT_DEATH(place(bad), "buffer too small");
  bad = chunk;
  bad.stored_bytes = 4999;
  EXPECT_DEATH(place(bad), "wrong size");
  bad = chunk;
  bad.flags = 0;
  EXPECT_DEATH(place(bad), "wrong size");
  bad = chunk;
  bad.flags |= 8;
  EXPECT_DEATH(place(bad), "unknown flags");
  EXPECT_DEATH(ImageLayout(geometry).begin_finish({}), "do not cover the volume");
  EXPECT_DEATH(ImageLayout({.chunk_bytes = 3 << 16}), "geometry");
}

}  // namespace
}  // namespace tintype
