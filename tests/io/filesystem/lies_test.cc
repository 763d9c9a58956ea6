// Volumes whose metadata lie in any way a random generator can think of. Nothing may crash, hang
// or take memory without bound, and what is reported must lie inside the volume. Under the
// sanitizers this is the test that matters; a failure prints the seed that repeats it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

#include "io/filesystem/ext/ext_map.h"
#include "io/filesystem/ntfs/ntfs_map.h"
#include "support/memory_volume.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/io/filesystem/map_checks.h"
#include "tests/io/filesystem/map_probe.h"
#include "tests/io/filesystem/ntfs/ntfs_editor.h"

namespace tintype {
namespace {

using test::MemoryVolume;
using test::MountedVolume;
using Random = std::mt19937_64;

constexpr std::uint64_t kMiB = 1 << 20;
// For one volume of a few MiB, sanitizers included. Of processor time: the machine may be busy.
constexpr double kSecondsMax = 10;
constexpr long kMemoryGrowthMaxKiB = 1 << 20;

long peak_memory_kib() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Overwrites 1 to 8 places with bytes a reader might stumble over.
void lie(std::span<std::byte> bytes, Random& random) {
  constexpr std::uint64_t kNasty[] = {0,
                                      1,
                                      2,
                                      0x7F,
                                      0x80,
                                      0xFF,
                                      0x7FFF,
                                      0x8000,
                                      0xFFFF,
                                      0x7FFFFFFF,
                                      0x80000000,
                                      0xFFFFFFFF,
                                      ~std::uint64_t{0},
                                      ~std::uint64_t{0} >> 1};
  for (std::uint64_t count = 1 + random() % 8; count > 0; --count) {
    const std::size_t width = std::size_t{1} << random() % 4;
    const std::size_t at = random() % (bytes.size() - 8) / width * width;
    std::uint64_t value = random() % 2 == 0 ? random() : kNasty[random() % std::size(kNasty)];
    if (random() % 4 == 0) value = static_cast<std::uint64_t>(bytes[at]) ^ 1u << random() % 8;
    for (std::size_t i = 0; i < width; ++i, value >>= 8)
      bytes[at + i] = static_cast<std::byte>(value);
  }
}

using Open = Result<std::unique_ptr<FilesystemMap>> (*)(const Volume&);
using Change = std::function<void(MemoryVolume&, Random&)>;

// TINTYPE_LIES=FIRST:COUNT tells other lies than the usual ones, or more of them.
void tell_lies(MemoryVolume& volume, Open open, int count, const Change& change) {
  int first = 0;
  if (const char* asked = std::getenv("TINTYPE_LIES"); asked != nullptr) {
    ASSERT_EQ(std::sscanf(asked, "%d:%d", &first, &count), 2);
  }
  const std::vector<std::byte> truth = volume.bytes;
  const long memory_before = peak_memory_kib();
  int opened = 0;
  for (int seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<std::uint64_t>(seed));
    change(volume, random);
    const std::clock_t begin = std::clock();
    if (const auto map = open(volume)) {
      ++opened;
      ASSERT_EQ(test::probe_map(volume, **map, random()), "");
    }
    ASSERT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, kSecondsMax);
    volume.bytes = truth;
  }
  EXPECT_GT(opened, count / 20);  // lies that go deep
  EXPECT_LT(peak_memory_kib() - memory_before, kMemoryGrowthMaxKiB);
}

TEST(NtfsLies, AreSurvived) {
  const test::TempDir dir;
  test::make_ntfs(dir / "image", {.bytes = 5 * kMiB});
  {
    TINTYPE_MOUNT(mount, MountedVolume::ntfs(dir / "image"));
    std::filesystem::create_directories(mount / "a/b/c");
    for (int i = 0; i < 10; ++i)
      test::write_file(mount / ("a/b/" + std::to_string(i)), test::random_bytes(9'000));
    test::write_file(mount / "resident.txt", test::random_bytes(100));
    for (int i = 0; i < 20; ++i)  // an attribute list
      std::filesystem::create_hard_link(mount / "resident.txt",
                                        mount / (std::string(100, 'n') + std::to_string(i)));
    test::write_fragmented(mount.path(), "DB1.edb", test::random_bytes(kMiB / 2), 4096);
  }
  MemoryVolume volume(test::read_file(dir / "image"));
  const test::NtfsEditor editor(volume);
  // The records in use at the end of their life, and among them often the table's own.
  std::vector<std::uint64_t> records;
  for (std::uint64_t i = 0; i < 200; ++i)
    if (i != 0x0 && std::memcmp(editor.raw(i).data(), "FILE", 4) == 0 &&
        (load_le<std::uint16_t>(editor.raw(i), 0x16) & 1) != 0)
      records.push_back(i);
  tell_lies(volume, open_ntfs_map, 4000, [&](MemoryVolume& target, Random& random) {
    const test::NtfsEditor target_editor(target);
    const auto change_record = [&](std::uint64_t number) {
      target_editor.edit(number, [&](std::span<std::byte> record) {
        const std::size_t used =
            std::clamp<std::size_t>(load_le<std::uint32_t>(record, 0x18), 64, record.size());
        lie(record.subspan(0x10, used - 0x10), random);
      });
    };
    const std::uint64_t kind = random() % 16;
    if (kind == 0) return lie(std::span(target.bytes).first(512), random);
    if (kind == 1) return lie(target_editor.raw(records[random() % records.size()]), random);
    if (kind == 2) return change_record(0);
    if (kind == 3)
      return change_record(records[random() % std::min<std::size_t>(8, records.size())]);
    if (kind == 4) {  // a whole cluster of something
      const auto at = random() % (target.bytes.size() / 4096) * 4096;
      return lie(std::span(target.bytes).subspan(at, 4096), random);
    }
    for (std::uint64_t i = random() % 20; i < 20; ++i)
      change_record(records[random() % records.size()]);
  });
}

// Everything that is allocated and no file's, in pieces that are not all zeros.
ExtentList metadata_of(const Volume& volume, const std::vector<std::byte>& bytes) {
  const auto map = open_ext_map(volume);
  ExtentList owned, metadata;
  for (const FileEntry& file : test::all_files(**map))
    for (const FileRun& run : file.runs) owned.push_back({run.volume_offset, run.length});
  owned = normalized(owned);
  for (const Extent& extent : (*map)->allocated()) {
    for (std::uint64_t at = extent.offset; at + 256 <= extent.end(); at += 256) {
      const auto piece = std::span(bytes).subspan(at, 256);
      if (intersection(owned, {{at, 256}}).empty() &&
          std::any_of(piece.begin(), piece.end(), [](std::byte b) { return b != std::byte{0}; }))
        metadata.push_back({at, 256});
    }
  }
  return metadata;
}

class ExtLies : public ::testing::TestWithParam<const char*> {};

TEST_P(ExtLies, AreSurvived) {
  const test::TempDir dir;
  const std::filesystem::path folder = dir / "folder";
  std::filesystem::create_directories(folder / "a" / "b");
  for (int i = 0; i < 60; ++i)
    test::write_file((folder / "a" / "b" / ("file" + std::to_string(i))).string(),
                     test::random_bytes(static_cast<std::size_t>(i) * 37));
  std::vector<std::byte> holes(600'000);  // an extent tree, or indirect blocks
  for (std::size_t at = 0; at < holes.size(); at += 8192) holes[at] = std::byte{1};
  test::write_file((folder / "holes.edb").string(), holes);
  test::make_ext(dir / "image", 4 * kMiB,
                 std::string("-b 1024 -N 128 ") + GetParam() + " -d '" + folder.string() + "'");
  MemoryVolume volume(test::read_file(dir / "image"));
  const ExtentList metadata = metadata_of(volume, volume.bytes);
  ASSERT_GT(metadata.size(), 20u);
  tell_lies(volume, open_ext_map, 2000, [&](MemoryVolume& target, Random& random) {
    if (random() % 10 == 0) return lie(std::span(target.bytes).subspan(1024, 1024), random);
    if (random() % 10 == 0) return lie(std::span(target.bytes).subspan(2048, 1024), random);
    for (std::uint64_t i = random() % 10; i < 10; ++i)
      lie(std::span(target.bytes).subspan(metadata[random() % metadata.size()].offset, 256),
          random);
  });
}

INSTANTIATE_TEST_SUITE_P(All, ExtLies,
                         ::testing::Values("-t ext2", "-t ext4 -O ^metadata_csum", "-t ext4",
                                           "-t ext4 -O ^metadata_csum,inline_data,bigalloc -I 256"),
                         [](const auto& shape) { return "Shape" + std::to_string(shape.index); });

}  // namespace
}  // namespace tintype
