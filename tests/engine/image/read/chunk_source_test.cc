// Chunks that lie in another file than the image: who reads the volume does not notice.
#include "engine/image/read/chunk_source.h"

#include <gtest/gtest.h>

#include "engine/image/read/image_volume.h"
#include "tests/engine/image/chunks_elsewhere.h"
#include "tests/engine/image/sample_image.h"

namespace tintype {
namespace {

using test::Bytes;
using test::must;

class ChunkSourceTest : public testing::Test {
 protected:
  void make(std::uint64_t seed) {
    built_.emplace(test::random_image(seed, {.records = 30}));
    test::write_file(dir_ / "a.tint", built_->image());
    source_ = test::move_chunks(ImageSource(dir_ / "a.tint"), dir_ / "other");
  }
  test::TempDir dir_;
  std::optional<test::ImageBuilder> built_;
  ImageSource source_;
};

TEST_F(ChunkSourceTest, AVolumeWhoseChunksLieInTwoFilesIsRead) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    make(seed);
    const ImageReader image = must(ImageReader::open(source_));
    const ImageVolume volume(image, {});
    Bytes out(built_->volume().size());
    must(volume.read(0, out));
    EXPECT_TRUE(out == built_->volume());
  }
}

TEST_F(ChunkSourceTest, WithoutItsSourceTheSameImageIsDamaged) {
  make(5);
  const ImageReader image = must(ImageReader::open(ImageSource(dir_ / "a.tint")));
  const ImageVolume volume(image, {});
  Bytes out(built_->volume().size());
  EXPECT_FALSE(volume.read(0, out));
}

TEST_F(ChunkSourceTest, DamageIsToldWhereItLies) {
  make(5);
  Bytes other = test::read_file(dir_ / "other");
  other.at(0) ^= std::byte{1};  // the last chunk's
  test::write_file(dir_ / "other", other);
  const ImageReader image = must(ImageReader::open(source_));
  const ImageVolume volume(image, {});
  Bytes out(built_->volume().size());
  const auto done = volume.read(0, out);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, std::errc::bad_message);
  EXPECT_NE(done.error().what.find((dir_ / "other") + " is damaged at offset 0"), std::string::npos)
      << done.error().what;
}

}  // namespace
}  // namespace tintype
