// Shadow copies byte for byte as vshadowmount shows them: of volumes that Windows wrote, and of
// made ones with every kind of block.
#include "io/shadow/shadow_volume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "hashing/xxh3.h"
#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/random_shadows.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "support/vshadow.h"

namespace tintype {
namespace {

using test::must;

constexpr std::uint64_t kMiB = 1 << 20;

std::unique_ptr<Volume> open_copy(const std::string& image, unsigned number) {
  return must(open_shadow_volume(must(open_raw_volume(image)), std::to_string(number)));
}

// The bytes of a range by the way of the data path: the pieces of map(), read from their files.
std::vector<std::byte> read_mapped(const Volume& volume, Extent range) {
  std::vector<std::byte> bytes(range.length);
  std::uint64_t at = 0;
  volume.map(range, [&](const Volume::Piece& piece) {
    const auto part = std::span(bytes).subspan(at, piece.length);
    if (piece.file != nullptr) {
      EXPECT_EQ(must(piece.cached->read_at(piece.file_offset, part)), piece.length);
    }
    at += piece.length;
  });
  EXPECT_EQ(at, range.length);
  return bytes;
}

// Where it first differs from the file, MiB by MiB; -1: nowhere.
std::int64_t first_difference(const Volume& volume, const std::string& file, bool mapped) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::byte> expected, found;
  for (std::uint64_t at = 0; at < volume.size_bytes(); at += kMiB) {
    const std::uint64_t length = std::min(kMiB, volume.size_bytes() - at);
    expected.resize(length);
    in.read(reinterpret_cast<char*>(expected.data()), static_cast<std::streamsize>(length));
    if (!in) return static_cast<std::int64_t>(at);
    found.resize(length);
    if (mapped)
      found = read_mapped(volume, {at, length});
    else
      must(volume.read(at, found));
    // memcmp: == of bytes is a loop, and under the thread sanitizer one of minutes.
    if (std::memcmp(found.data(), expected.data(), length) != 0) {
      const auto differs = std::ranges::mismatch(found, expected).in1 - found.begin();
      return static_cast<std::int64_t>(at) + differs;
    }
  }
  return -1;
}

void expect_as_vshadowmount(const std::string& image, std::size_t copies) {
  TINTYPE_VSHADOW(mount, image);
  for (unsigned number = 1; number <= copies; ++number) {
    SCOPED_TRACE("shadow copy " + std::to_string(number));
    const auto copy = open_copy(image, number);
    EXPECT_EQ(copy->size_bytes(), std::filesystem::file_size(mount.copy(number)));
    EXPECT_EQ(first_difference(*copy, mount.copy(number), false), -1);
    EXPECT_EQ(first_difference(*copy, mount.copy(number), true), -1);
  }
}

TEST(ShadowVolume, CopiesOfARealVolumeAreThoseOfVshadowmount) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  test::raw_from_qcow2(samples / "volumes/vsstest.qcow2", dir / "image");
  expect_as_vshadowmount(dir / "image", 2);
}

TEST(ShadowVolume, CopyWithADatabaseIsThatOfVshadowmount) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  test::raw_from_qcow2(samples / "volumes/ntfs_vss_ese_generated.qcow2", dir / "image");
  expect_as_vshadowmount(dir / "image", 1);
}

TEST(ShadowVolume, RandomChainsAreThoseOfVshadowmount) {
  for (std::uint64_t seed = 1000; seed < 1040; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const test::TempDir dir;
    const test::RandomShadows shadows = test::random_shadows(seed);
    test::write_file(dir / "image", shadows.volume);
    expect_as_vshadowmount(dir / "image", shadows.copies);
    if (testing::Test::HasFailure() || testing::Test::IsSkipped()) return;
  }
}

TEST(ShadowVolume, NamesTheVolumeAndItsNumber) {
  const test::TempDir dir;
  const auto shadows = test::random_shadows(1);
  test::write_file(dir / "image", shadows.volume);
  const auto latest = must(open_shadow_volume(must(open_raw_volume(dir / "image")), "latest"));
  EXPECT_EQ(latest->name(), (dir / "image@shadow:") + std::to_string(shadows.copies));
  EXPECT_EQ(latest->sector_bytes(), must(open_raw_volume(dir / "image"))->sector_bytes());
}

TEST(ShadowVolume, OfAVolumeWithoutAnyIsAnError) {
  const test::TempDir dir;
  test::write_file(dir / "image", std::vector<std::byte>(kMiB));
  const auto opened = open_shadow_volume(must(open_raw_volume(dir / "image")), "1");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find("has no shadow copies"), std::string::npos);
}

}  // namespace
}  // namespace tintype
