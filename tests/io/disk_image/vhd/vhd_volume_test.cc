// VHD images: read by qemu and by libvhdi as well, or damaged.
#include "io/disk_image/vhd/vhd_volume.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "io/disk_image/vhd/vhd_format.h"
#include "support/expect_command.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/volume_bytes.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::all_of;
using test::expect_command;
using test::mapped;
using test::must;
using test::run_command;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

std::string line_of(const std::string& path) {
  const auto volume = open_vhd_volume(path);
  return volume ? "opened" : volume.error().line();
}

class VhdVolume : public ::testing::Test {
 protected:
  // 12 MiB with data in some blocks and holes in others.
  std::string raw() {
    Bytes content(12 << 20);
    const Bytes data = test::random_bytes(3 << 20);
    std::ranges::copy(data, content.begin() + (1 << 20));
    std::ranges::copy(std::span(data).first(4096), content.end() - 4096);
    test::write_file(dir_ / "raw", content);
    return dir_ / "raw";
  }
  std::string image(const std::string& subformat) {
    const std::string path = dir_ / (subformat + ".vhd");
    expect_command("qemu-img convert -f raw -O vpc -o force_size=on,subformat=" + subformat + " " +
                   raw() + " " + path);
    return path;
  }
  test::TempDir dir_;
};

TEST_F(VhdVolume, FixedAndDynamicOnesAreWhatQemuReads) {
  for (const std::string subformat : {"fixed", "dynamic"}) {
    const std::string path = image(subformat);
    const auto volume = must(open_vhd_volume(path));
    expect_command("qemu-img convert -f vpc -O raw " + path + " " + (dir_ / "qemu"));
    const Bytes expected = test::read_file(dir_ / "qemu");
    EXPECT_EQ(volume->size_bytes(), expected.size());
    EXPECT_TRUE(all_of(*volume) == expected) << subformat;
    EXPECT_TRUE(mapped(*volume) == expected) << subformat;
    const ExtentList data = must(volume->data_extents());
    EXPECT_LE(total_bytes(data), 6u << 20) << "holes count as data";
    std::uint64_t at = 0;
    for (const Extent& extent : data) {
      EXPECT_TRUE(std::all_of(expected.begin() + static_cast<std::ptrdiff_t>(at),
                              expected.begin() + static_cast<std::ptrdiff_t>(extent.offset),
                              [](std::byte byte) { return byte == std::byte{0}; }));
      at = extent.end();
    }
    Bytes byte(1);
    EXPECT_FALSE(volume->read(volume->size_bytes(), byte));
    EXPECT_TRUE(test::ok(volume->read(volume->size_bytes() - 1, byte)));
  }
}

TEST_F(VhdVolume, SamplesAreWhatLibvhdiReadsWithTheParentsData) {
  TINTYPE_NEED_SAMPLES(samples);
  fs::create_directories(dir_ / "mnt");
  for (const std::string name : {"ext2.vhd", "image.vhd", "image-differential.vhd"}) {
    const std::string path = samples / "volumes" / name;
    const auto volume = must(open_vhd_volume(path));
    if (const auto mount = run_command("vhdimount " + path + " " + (dir_ / "mnt"));
        mount.exit_code != 0)
      GTEST_SKIP() << mount.output;
    // vhdi1 is the image itself, the others are what it is based on.
    const auto copied = run_command("cat '" + (dir_ / "mnt/vhdi1") + "' > " + (dir_ / "first"));
    const Bytes first = test::read_file(dir_ / "first");
    expect_command("fusermount -u " + (dir_ / "mnt"));
    EXPECT_EQ(copied.exit_code, 0);
    EXPECT_TRUE(all_of(*volume) == first) << name;
    EXPECT_TRUE(mapped(*volume) == first) << name;
  }
}

// A parent by qemu, a child by hand: every third sector is the child's.
TEST_F(VhdVolume, ADifferencingDiskShowsItsSectorsAndTheParentsOthers) {
  const std::string parent = image("dynamic");
  const Bytes below = all_of(*must(open_vhd_volume(parent)));
  Bytes child = test::read_file(parent);
  VhdFooter footer;
  VhdHeader header;
  std::memcpy(&footer, child.data(), sizeof footer);
  std::memcpy(&header, child.data() + 512, sizeof header);
  std::memcpy(header.parent_id, footer.unique_id, 16);
  for (std::size_t i = 0; i < 11; ++i)
    header.parent_name[i] = static_cast<std::uint16_t>("dynamic.vhd"[i]);
  footer.type = kVhdDifferencing;
  footer.unique_id[0] ^= 0xFF;
  footer.checksum = 0;
  const auto sum = [](auto& record) {
    record.checksum = 0;
    std::uint32_t total = 0;
    for (const std::byte byte : std::as_bytes(std::span(&record, 1)))
      total += std::to_integer<std::uint32_t>(byte);
    record.checksum = ~total;
  };
  sum(footer);
  sum(header);
  Bytes expected = below;
  for (std::uint32_t block = 0; block < header.blocks; ++block) {
    Be<std::uint32_t> sector;
    std::memcpy(&sector, child.data() + header.table_offset + block * 4, 4);
    if (sector == kVhdNoBlock) continue;
    const std::size_t bitmap = std::size_t{sector} * 512;
    std::memset(child.data() + bitmap, 0, 512);
    for (std::size_t s = 0; s < 4096; s += 3) {
      child[bitmap + s / 8] |= std::byte{0x80} >> static_cast<int>(s % 8);
      std::memset(child.data() + bitmap + 512 + s * 512, 0xC5, 512);
      if (const std::size_t at = block * (2u << 20) + s * 512; at < expected.size())
        std::memset(expected.data() + at, 0xC5, 512);
    }
  }
  const auto write_child = [&](const std::string& path) {
    std::memcpy(child.data(), &footer, sizeof footer);
    std::memcpy(child.data() + 512, &header, sizeof header);
    std::memcpy(child.data() + child.size() - 512, &footer, sizeof footer);
    test::write_file(path, child);
  };
  write_child(dir_ / "child.vhd");
  const auto volume = must(open_vhd_volume(dir_ / "child.vhd"));
  EXPECT_TRUE(all_of(*volume) == expected);
  EXPECT_TRUE(mapped(*volume) == expected);

  // Another disk under the parent's name; the parent out of reach; a circle.
  header.parent_id[5] ^= 1;
  sum(header);
  write_child(dir_ / "other.vhd");
  EXPECT_THAT(line_of(dir_ / "other.vhd"), HasSubstr("is not the disk that it is based on"));
  fs::create_directories(dir_ / "elsewhere");
  fs::copy_file(dir_ / "child.vhd", dir_ / "elsewhere/child.vhd");
  EXPECT_THAT(line_of(dir_ / "elsewhere/child.vhd"), HasSubstr("which is missing"));
  fs::create_symlink(parent, dir_ / "elsewhere/dynamic.vhd");
  EXPECT_THAT(line_of(dir_ / "elsewhere/child.vhd"), HasSubstr("lies outside its folder"));
  EXPECT_TRUE(all_of(*must(open_vhd_volume(
                  dir_ / "elsewhere/child.vhd",
                  {.allowed_folders = {dir_.path().string()}, .remark = {}}))) == expected);
  std::memcpy(header.parent_id, footer.unique_id, 16);
  header.parent_name[0] = 'D';
  sum(header);
  write_child(dir_ / "Dynamic.vhd");
  EXPECT_THAT(line_of(dir_ / "Dynamic.vhd"), HasSubstr("is based on itself"));
}

TEST_F(VhdVolume, ACutImageIsAnErrorWhereverItIsCut) {
  for (const std::string subformat : {"fixed", "dynamic"}) {
    const std::string path = image(subformat);
    const std::uint64_t size = fs::file_size(path);
    for (const std::uint64_t left : {size - 1, size - 512, size / 2, std::uint64_t{2048},
                                     std::uint64_t{1536}, std::uint64_t{513}, std::uint64_t{512},
                                     std::uint64_t{511}, std::uint64_t{1}, std::uint64_t{0}}) {
      fs::resize_file(path, left);
      // Without its last footer only, a dynamic one is still whole; without the last byte of it,
      // any is an old one.
      if (left == size - 1 || (subformat == "dynamic" && left >= size - 512))
        EXPECT_EQ(line_of(path), "opened") << left;
      else
        EXPECT_THAT(line_of(path), HasSubstr("cannot read")) << subformat << ' ' << left;
    }
  }
}

// One flipped bit in the structures is noticed or harmless: never a crash, never other bytes.
TEST_F(VhdVolume, AFlippedBitNeverChangesTheBytes) {
  const std::string path = image("dynamic");
  const Bytes good = test::read_file(path);
  const Bytes expected = all_of(*must(open_vhd_volume(path)));
  std::mt19937_64 random(1);
  int refused = 0, read = 0;
  for (int round = 0; round < 150; ++round) {
    Bytes bad = good;
    const std::size_t at = random() % 1536;
    bad[at] ^= std::byte{1} << static_cast<int>(random() % 8);
    test::write_file(path, bad);
    const auto volume = open_vhd_volume(path);
    ++(volume ? read : refused);
    if (!volume) continue;
    ASSERT_TRUE(all_of(**volume) == expected) << at;
  }
  EXPECT_GT(refused, 10);  // the header
  EXPECT_GT(read, 20);     // the footer's copy in front
}

TEST_F(VhdVolume, ATableThatLiesIsRefused) {
  const std::string path = image("dynamic");
  const Bytes good = test::read_file(path);
  const auto with_entry = [&](std::size_t block, std::uint32_t sector) {
    Bytes bad = good;
    const Be<std::uint32_t> entry(sector);
    std::memcpy(bad.data() + 1536 + block * 4, &entry, 4);
    test::write_file(path, bad);
    return line_of(path);
  };
  Be<std::uint32_t> first;
  std::memcpy(&first, good.data() + 1536, 4);
  EXPECT_THAT(with_entry(2, first), HasSubstr("two things lie at offset"));
  EXPECT_THAT(with_entry(2, first + 1), HasSubstr("two things lie at offset"));
  EXPECT_THAT(with_entry(2, 1), HasSubstr("two things lie at offset"));
  EXPECT_THAT(with_entry(2, 0xFFFFFFFE), HasSubstr("cut short"));
}

}  // namespace
}  // namespace tintype
