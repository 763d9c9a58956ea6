#include "engine/image/read/image_salvage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/image/image_format.h"
#include "engine/image/read/image_reader.h"
#include "support/temp_dir.h"
#include "tests/engine/image/image_probe.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using test::Bytes;
using test::ImageBuilder;
using test::Texture;
using test::textured;

Salvage salvaged(const Bytes& image) {
  return image::salvage(image.size(), test::read_from(image));
}

// Every record found is one that was written, in order; the missing ranges are the rest.
void expect_truthful(const Salvage& found, const ImageBuilder& built) {
  const auto& written = built.layout().records();
  auto at = written.begin();
  ExtentList covered;
  for (const ImageRecord& record : found.records) {
    at = std::find(at, written.end(), record);
    ASSERT_NE(at, written.end()) << "a record that was never written, or out of order";
    ++at;
    covered.push_back({.offset = record.volume_offset, .length = record.plain_bytes});
  }
  EXPECT_TRUE(intersection(normalized(covered), found.missing).empty());
  if (found.geometry) {
    EXPECT_EQ(total_bytes(covered) + total_bytes(found.missing), built.volume().size());
  }
}

TEST(ImageSalvage, SoundImageGivesAllItsRecords) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const ImageBuilder built = test::random_image(seed, {});
    const Salvage found = salvaged(built.image());
    EXPECT_EQ(found.records, built.layout().records()) << seed;
    EXPECT_EQ(found.lost_stretches, 0u) << seed;
    EXPECT_TRUE(found.missing.empty()) << seed;
    ASSERT_TRUE(found.geometry);
    EXPECT_EQ(found.geometry->volume_bytes, built.volume().size());
  }
}

TEST(ImageSalvage, CutImageGivesEveryChunkThatIsWhole) {
  const ImageBuilder built = test::random_image(5, {.records = 30});
  for (std::size_t size = 0; size <= built.image().size(); size += 1 + size % 3777) {
    Bytes cut = built.image();
    cut.resize(size);
    const Salvage found = salvaged(cut);
    expect_truthful(found, built);
    const auto whole = std::ranges::count_if(built.layout().records(), [&](const auto& record) {
      return record.payload_offset != 0 && record.payload_offset + record.stored_bytes <= size;
    });
    EXPECT_EQ(std::ranges::count_if(found.records,
                                    [](const auto& record) { return record.payload_offset != 0; }),
              whole)
        << size;
  }
}

TEST(ImageSalvage, OverwrittenMiddleCostsOnlyWhatLayThere) {
  const ImageBuilder built = test::random_image(5, {.records = 30});
  const std::size_t size = built.image().size();
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Bytes image = built.image();
    const std::size_t begin = random() % size;
    const std::size_t end = begin + random() % std::min<std::size_t>(size - begin, 200'000);
    const Bytes noise = textured(end - begin, static_cast<Texture>(seed % 3), seed);
    std::ranges::copy(noise, image.begin() + static_cast<std::ptrdiff_t>(begin));
    const Salvage found = salvaged(image);
    expect_truthful(found, built);
    std::uint64_t head = 0;
    for (const ImageRecord& record : built.layout().records()) {
      if (record.payload_offset == 0) continue;
      const bool head_hit = begin < record.payload_offset && end > head;
      if (!head_hit) {
        EXPECT_EQ(std::ranges::count(found.records, record), 1) << record.volume_offset;
      }
      head = record.payload_offset + record.stored_bytes;
    }
  }
}

TEST(ImageSalvage, ImageWithoutHeaderIsWalkedAllTheSame) {
  const ImageBuilder built = test::random_image(5, {.records = 30});
  Bytes image = built.image();
  image[0x20] ^= std::byte{1};
  const Salvage found = salvaged(image);
  EXPECT_FALSE(found.geometry);
  EXPECT_EQ(found.lost_stretches, 1u);
  EXPECT_EQ(found.records, built.layout().records());
}

// An image as a file on the volume, stored plain, holds true records: but not in their place.
TEST(ImageSalvage, RecordsOfAnImageInsideTheImageAreNotTakenForItsOwn) {
  const Bytes inner = test::small_image().image();
  ASSERT_LT(inner.size(), 65'536u);
  ImageBuilder built({.volume_bytes = 3 * inner.size(), .chunk_bytes = 64 << 10});
  for (int i = 0; i < 3; ++i) built.add_chunk(inner, false);
  built.finish({});
  Bytes image = built.image();
  for (const std::size_t chunk : {0u, 1u}) {
    const std::size_t record = built.layout().records()[chunk].payload_offset - 19 - 60;
    std::memset(image.data() + record - 4000, 0, 4000);
  }
  const Salvage found = salvaged(image);
  ASSERT_EQ(found.records.size(), 1u);
  EXPECT_EQ(found.records[0], built.layout().records()[2]);
  EXPECT_EQ(found.missing, (ExtentList{{0, 2 * inner.size()}}));
}

TEST(ImageSalvage, UnreadableSectorsAreSteppedOver) {
  const ImageBuilder built = test::random_image(5, {.records = 30});
  const auto& image = built.image();
  for (std::uint64_t bad = 0; bad < image.size(); bad += 4096) {
    const image::ReadAt whole = test::read_from(image);
    const image::ReadAt read = [&](std::uint64_t offset,
                                   std::span<std::byte> out) -> Result<std::size_t> {
      if (bad >= offset && bad < offset + out.size())
        return system_error_at(EIO, "read", "a.tint", bad);
      return whole(offset, out);
    };
    const Salvage found = image::salvage(image.size(), read);
    expect_truthful(found, built);
    EXPECT_GE(found.records.size() + 4, built.layout().records().size()) << bad;
  }
}

TEST(ImageSalvage, ReadsAFile) {
  const test::TempDir dir;
  const ImageBuilder built = test::small_image();
  Bytes cut = built.image();
  const ImageRecord& last = built.layout().records()[5];
  cut.resize(last.payload_offset + last.stored_bytes);
  test::write_file(dir / "cut.tint", cut);
  ASSERT_FALSE(ImageReader::open(dir / "cut.tint"));
  const auto found = salvage_image(dir / "cut.tint");
  ASSERT_TRUE(found) << found.error().line();
  EXPECT_EQ(found->records.size(), 6u);  // all but the last run, which stands behind the chunks
  EXPECT_EQ(found->missing, (ExtentList{{103'557, 20'000}}));
  EXPECT_FALSE(salvage_image(dir / "none"));
}

}  // namespace
}  // namespace tintype
