// Volumes that Windows wrote, and one with a shadow copy, beside ntfs-3g.
#include <gtest/gtest.h>

#include "support/expect_ok.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"

namespace tintype {
namespace {

using test::MappedVolume;
using test::MountedVolume;

class NtfsSamples : public ::testing::TestWithParam<const char*> {};

TEST_P(NtfsSamples, AreMappedAsNtfs3gReadsThem) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  const std::string image = dir / "image";
  test::raw_from_qcow2(samples / "volumes" / (std::string(GetParam()) + ".qcow2"), image);
  const MappedVolume mapped = test::map_image(image);
  EXPECT_EQ(mapped.map->type(), "ntfs");
  EXPECT_EQ(mapped.map->unreliable(), "");
  EXPECT_FALSE(test::all_files(*mapped.map).empty());
  test::expect_sound_runs(mapped);

  // $Bitmap as ntfs-3g reads it.
  const auto bitmap = test::ntfscat(image, "-i 6");
  const std::uint64_t cluster_bytes = mapped.map->cluster_bytes();
  ExtentList in_bitmap;
  for (std::uint64_t i = 0; i < bitmap.size() * 8; ++i)
    if ((static_cast<unsigned>(bitmap[i / 8]) >> i % 8 & 1) != 0 &&
        (i + 1) * cluster_bytes <= mapped.volume->size_bytes())
      in_bitmap.push_back({i * cluster_bytes, cluster_bytes});
  in_bitmap = normalized(in_bitmap);
  EXPECT_GT(total_bytes(in_bitmap), 0u);
  EXPECT_EQ(intersection(in_bitmap, mapped.map->allocated()), in_bitmap);
  // A clean volume: nothing but the boot copy is allocated besides.
  EXPECT_LE(total_bytes(mapped.map->allocated()), total_bytes(in_bitmap) + 2 * cluster_bytes);

  TINTYPE_MOUNT(mount, MountedVolume::ntfs(image, "ro"));
  test::expect_same_files(*mapped.map, mount.path());
}

INSTANTIATE_TEST_SUITE_P(All, NtfsSamples,
                         ::testing::Values("ntfs_vss_ese_generated", "vsstest", "windows_volume"),
                         [](const auto& sample) { return std::string(sample.param); });

TEST(NtfsSample, TheDatabaseIsFoundInItsPieces) {
  TINTYPE_NEED_SAMPLES(samples);
  const test::TempDir dir;
  test::raw_from_qcow2(samples / "volumes" / "ntfs_vss_ese_generated.qcow2", dir / "image");
  const MappedVolume mapped = test::map_image(dir / "image");
  const FileEntry file = test::only_file(*mapped.map, "*.edb");
  EXPECT_EQ(file.path, "/DB1.edb");
  EXPECT_EQ(file.size_bytes, 25'165'824u);
  EXPECT_EQ(file.valid_bytes, 25'165'824u);
  EXPECT_EQ(file.problem, "");
  EXPECT_TRUE(test::content_of(*mapped.map, file) == test::ntfscat(dir / "image", "DB1.edb"));
}

}  // namespace
}  // namespace tintype
