// Partition tables that say anything a random generator can think of. Nothing may crash or hang,
// and what is reported must lie inside the disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "io/partition/mbr.h"
#include "support/disk_maker.h"
#include "support/memory_volume.h"
#include "support/random_rounds.h"
#include "support/temp_dir.h"
#include "tests/io/partition/partition_probe.h"

namespace tintype {
namespace {

using Random = std::mt19937_64;

constexpr std::uint64_t kDiskBytes = 256 << 10;
constexpr std::uint64_t kLastSector = kDiskBytes - 512;

void lie(std::span<std::byte> bytes, Random& random) {
  constexpr std::uint64_t kNasty[] = {0,
                                      1,
                                      2,
                                      33,
                                      34,
                                      0xFF,
                                      0x7FFFFFFF,
                                      0x80000000,
                                      0xFFFFFFFF,
                                      511,
                                      512,
                                      ~std::uint64_t{0},
                                      ~std::uint64_t{0} >> 1};
  for (std::uint64_t count = 1 + random() % 4; count > 0; --count) {
    const std::size_t width = std::size_t{1} << random() % 4;
    const std::size_t at = random() % (bytes.size() - 8) / width * width;
    std::uint64_t value = random() % 3 == 0 ? random() : kNasty[random() % std::size(kNasty)];
    if (random() % 4 == 0) value = random() % (kDiskBytes / 512);
    if (random() % 4 == 0) value = static_cast<std::uint64_t>(bytes[at]) ^ 1u << random() % 8;
    for (std::size_t i = 0; i < width; ++i, value >>= 8)
      bytes[at + i] = static_cast<std::byte>(value);
  }
}

void expect_sense(const test::MemoryVolume& disk, int seed) {
  const std::string wrong = test::probe_partitions(disk);
  ASSERT_EQ(wrong, "") << "seed " << seed;
}

TEST(PartitionLies, GptsWithAndWithoutTheirChecksums) {
  test::TempDir dir;
  test::make_disk(dir / "disk", kDiskBytes,
                  "label: gpt\nfirst-lba: 34\nstart=40, size=100\nstart=200, size=50, name=two\n"
                  "start=256, size=200\n");
  const std::vector<std::byte> truth = test::read_file(dir / "disk");
  for (int seed = 0; seed < test::random_rounds(6000); ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    test::MemoryVolume disk(truth);
    const auto bytes = std::span(disk.bytes);
    lie(bytes.subspan(512, 128), random);
    if (random() % 2 == 0) lie(bytes.subspan(1024, 512), random);
    if (random() % 2 == 0) lie(bytes.subspan(kLastSector, 128), random);
    if (random() % 4 == 0) lie(bytes.first(512), random);
    bytes[510] = std::byte{0x55};
    bytes[511] = std::byte{0xAA};
    if (random() % 4 != 0) {
      test::seal_gpt_at(disk.bytes, 512);
      test::seal_gpt_at(disk.bytes, kLastSector);
    }
    expect_sense(disk, seed);
    if (HasFatalFailure()) return;
  }
}

TEST(PartitionLies, MbrsAndTheirChains) {
  test::TempDir dir;
  std::string script = "label: dos\nstart=8, size=8\nstart=32, size=400, type=5\n";
  for (int i = 0; i < 8; ++i) script += "start=" + std::to_string(40 + i * 48) + ", size=32\n";
  test::make_disk(dir / "disk", kDiskBytes, script);
  const std::vector<std::byte> truth = test::read_file(dir / "disk");
  std::vector<std::size_t> tables;  // sectors with a boot signature
  for (std::size_t at = 0; at < truth.size(); at += 512)
    if (mbr_entries(std::span(truth).subspan(at, 512))) tables.push_back(at);
  ASSERT_EQ(tables.size(), 9u);
  for (int seed = 0; seed < test::random_rounds(6000); ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    test::MemoryVolume disk(truth);
    for (std::uint64_t count = 1 + random() % 4; count > 0; --count)
      lie(std::span(disk.bytes).subspan(tables[random() % tables.size()] + kMbrEntriesOffset, 64),
          random);
    expect_sense(disk, seed);
    if (HasFatalFailure()) return;
  }
}

TEST(PartitionLies, DisksCutAnywhere) {
  test::TempDir dir;
  test::make_disk(dir / "disk", kDiskBytes, "label: gpt\nfirst-lba: 34\nstart=40, size=100\n");
  const std::vector<std::byte> truth = test::read_file(dir / "disk");
  for (int seed = 0; seed < test::random_rounds(2000); ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    test::MemoryVolume disk(truth);
    disk.bytes.resize(random() % 3 == 0 ? random() % 20000 : random() % kDiskBytes);
    expect_sense(disk, seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tintype
