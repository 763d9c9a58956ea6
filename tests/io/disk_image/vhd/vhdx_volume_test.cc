// VHDX images: as qemu reads them where it can, and where it cannot as the format says.
#include "io/disk_image/vhd/vhdx_volume.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "support/expect_command.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/vhdx_maker.h"
#include "support/volume_bytes.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::all_of;
using test::expect_command;
using test::mapped;
using test::must;
using test::VhdxMaker;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Bytes = std::vector<std::byte>;
constexpr std::uint64_t kMiB = 1 << 20;

// A block of random bytes; each has another content.
Bytes block_of(std::uint64_t bytes, unsigned seed) {
  Bytes content = test::random_bytes(bytes);
  for (std::byte& byte : content) byte ^= static_cast<std::byte>(seed);
  return content;
}

class VhdxVolume : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const VhdxMaker& maker) {
    test::write_file(dir_ / name, maker.file);
    return dir_ / name;
  }
  std::unique_ptr<Volume> open(const std::string& path,
                               std::vector<std::string> allowed_folders = {}) {
    remarks_.clear();
    return must(open_vhdx_volume(
        path, {.allowed_folders = std::move(allowed_folders),
               .remark = [this](const std::string& line) { remarks_.push_back(line); }}));
  }
  std::string line_of(const std::string& path) {
    const auto volume = open_vhdx_volume(path);
    return volume ? "opened" : volume.error().line();
  }
  std::string line_of(const VhdxMaker& maker) { return line_of(write("line.vhdx", maker)); }
  // What qemu makes of it; of a log, in a copy that it may write to.
  Bytes by_qemu(const std::string& path) {
    fs::copy_file(path, dir_ / "copy.vhdx", fs::copy_options::overwrite_existing);
    expect_command("qemu-img check -q -f vhdx -r all " + (dir_ / "copy.vhdx"));
    expect_command("qemu-img convert -f vhdx -O raw " + (dir_ / "copy.vhdx") + " " +
                   (dir_ / "qemu"));
    return test::read_file(dir_ / "qemu");
  }
  static void place(Bytes& disk, std::uint64_t offset, std::span<const std::byte> content) {
    std::ranges::copy(content, disk.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  test::TempDir dir_;
  std::vector<std::string> remarks_;
};

TEST_F(VhdxVolume, FixedAndDynamicOnesAreWhatWasPutIn) {
  Bytes content(70 * kMiB + 512);
  place(content, 3 * kMiB, test::random_bytes(2 * kMiB));
  place(content, content.size() - 512, test::random_bytes(512));
  test::write_file(dir_ / "raw", content);
  for (const char* options :
       {"subformat=dynamic", "subformat=dynamic,block_size=1M", "subformat=dynamic,block_size=256M",
        "subformat=fixed", "subformat=dynamic,block_state_zero=off"}) {
    const std::string path = dir_ / "made.vhdx";
    expect_command("qemu-img convert -f raw -O vhdx -o " + std::string(options) + " " +
                   (dir_ / "raw") + " " + path);
    const auto volume = open(path);
    EXPECT_EQ(volume->size_bytes(), content.size());
    EXPECT_EQ(volume->sector_bytes(), 512u);
    EXPECT_TRUE(all_of(*volume) == content) << options;
    EXPECT_TRUE(mapped(*volume) == content) << options;
    EXPECT_THAT(remarks_, IsEmpty());
    EXPECT_LE(total_bytes(must(volume->data_extents())), 4 * kMiB)
        << options << ": holes count as data";
    Bytes byte(1);
    EXPECT_FALSE(volume->read(volume->size_bytes(), byte));
  }
}

TEST_F(VhdxVolume, EveryStateOfABlockIsReadAsTheFormatSays) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB - 4096});
  Bytes expected(8 * kMiB - 4096);
  const Bytes first = block_of(kMiB, 1), last = block_of(kMiB, 2);
  maker.put_block(7, last);
  maker.put_block(0, first);
  place(expected, 0, first);
  place(expected, 7 * kMiB, std::span(last).first(kMiB - 4096));
  for (const auto& [block, state] : {std::pair(1, VhdxBlock::undefined),
                                     {2, VhdxBlock::zero},
                                     {3, VhdxBlock::unmapped},
                                     {4, VhdxBlock::unmapped_old}})
    maker.set_state(static_cast<std::uint64_t>(block), state);
  const std::string path = write("a.vhdx", maker);
  EXPECT_TRUE(by_qemu(path) == expected) << "the maker is wrong";
  EXPECT_TRUE(all_of(*open(path)) == expected);
  EXPECT_TRUE(mapped(*open(path)) == expected);
  maker.set_state(5, static_cast<VhdxBlock>(4));
  EXPECT_THAT(line_of(maker), HasSubstr("block 5 has the state 4"));
  maker.set_state(5, VhdxBlock::partially_present);
  EXPECT_THAT(line_of(maker), Not(HasSubstr("opened"))) << "it has no parent";
}

TEST_F(VhdxVolume, SectorsOf4096BytesAreTheDisks) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB, .sector_bytes = 4096});
  const Bytes content = block_of(kMiB, 1);
  maker.put_block(1, content);
  Bytes expected(8 * kMiB);
  place(expected, kMiB, content);
  const auto volume = open(write("a.vhdx", maker));
  EXPECT_EQ(volume->sector_bytes(), 4096u);
  EXPECT_TRUE(all_of(*volume) == expected);
  EXPECT_TRUE(mapped(*volume) == expected);
}

// Of a data block, of the block table, of the region table; over the ring's end; what an older
// entry says and a newer one takes back.
TEST_F(VhdxVolume, ALogIsReplayedInMemoryAndTheFileStaysAsItIs) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const Bytes content = block_of(kMiB, 1), second = block_of(kMiB, 2);
  const std::uint64_t place_0 = maker.put_block(0, content), place_3 = maker.put_block(3, second);
  Bytes expected(8 * kMiB);
  place(expected, 0, content);
  place(expected, 3 * kMiB, second);
  const std::string closed = write("closed.vhdx", maker);
  ASSERT_TRUE(by_qemu(closed) == expected);

  const auto sector_at = [&](std::uint64_t offset) {
    const auto begin = maker.file.begin() + static_cast<std::ptrdiff_t>(offset);
    Bytes sector(begin, begin + 4096);
    std::fill_n(begin, 4096, std::byte{0xEE});  // what was not written yet
    return sector;
  };
  const Bytes stale = block_of(4096, 9);
  std::vector<VhdxMaker::Change> newest{
      {VhdxMaker::kTableOffset, sector_at(VhdxMaker::kTableOffset), 0},
      {place_0, sector_at(place_0), 0},
      {place_3 + 8192, {}, 16384}};
  std::fill_n(maker.file.begin() + static_cast<std::ptrdiff_t>(192 << 10), 4096, std::byte{0});
  std::vector<VhdxMaker::Change> older{
      {place_3, stale, 0}, {place_3 + 12288, stale, 0}, {192 << 10, {}, 4096}};
  std::vector<VhdxMaker::Change> middle{{place_3, Bytes(second.begin(), second.begin() + 4096), 0}};
  std::fill_n(expected.begin() + 3 * kMiB + 8192, 16384, std::byte{0});

  // An entry that is not needed any more, then a sequence over the ring's end.
  const std::uint64_t begin = VhdxMaker::kLogBytes - 20480;
  std::uint64_t at = begin;
  maker.log(begin - 8192, begin - 8192, 40, {{place_0 + 4096, stale, 0}});
  for (std::uint64_t number = 41; const auto* changes : {&older, &middle, &newest})
    at += maker.log(at, begin, number++, *changes);
  ASSERT_GT(at, VhdxMaker::kLogBytes);
  maker.log(400 << 10, 400 << 10, 12, {{place_0 + 4096, stale, 0}});  // a sequence of long ago
  maker.leave_open();
  const std::string path = write("open.vhdx", maker);

  const auto volume = open(path);
  EXPECT_TRUE(all_of(*volume) == expected);
  EXPECT_TRUE(mapped(*volume) == expected);
  EXPECT_THAT(remarks_, Contains(HasSubstr("its log (3 entries) is replayed in memory")));
  EXPECT_TRUE(test::read_file(path) == maker.file);
}

TEST_F(VhdxVolume, QemuReplaysALogToTheSameBytes) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const std::uint64_t at = maker.put_block(0, block_of(kMiB, 1));
  const std::uint64_t begin = 64 << 10;
  const std::uint64_t next =
      begin + maker.log(begin, begin, 5, {{at, block_of(4096, 3), 0}, {at + 8192, {}, 8192}});
  maker.log(next, begin, 6, {{at + 4096, block_of(4096, 4), 0}});
  maker.leave_open();
  const std::string path = write("open.vhdx", maker);
  EXPECT_TRUE(all_of(*open(path)) == by_qemu(path));
}

// The file had not grown yet when its machine lost power.
TEST_F(VhdxVolume, ABlockThatTheLogAloneKnowsOfLiesBehindTheFilesEnd) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const Bytes content = block_of(kMiB, 1);
  maker.put_block(0, content);
  const std::uint64_t end = maker.file.size();
  Bytes table(maker.file.begin() + VhdxMaker::kTableOffset,
              maker.file.begin() + VhdxMaker::kTableOffset + 4096);
  const le64 entry = end | static_cast<std::uint64_t>(VhdxBlock::present);
  std::memcpy(table.data() + 2 * 8, &entry, sizeof entry);
  const Bytes sector = block_of(4096, 5);
  maker.log(0, 0, 1, {{VhdxMaker::kTableOffset, table, 0}, {end + 4096, sector, 0}}, end,
            end + kMiB);
  maker.leave_open();
  Bytes expected(8 * kMiB);
  place(expected, 0, content);
  place(expected, 2 * kMiB + 4096, sector);
  const std::string path = write("open.vhdx", maker);
  EXPECT_TRUE(all_of(*open(path)) == expected);
  EXPECT_TRUE(mapped(*open(path)) == expected);
  // But what was on the disk must still be there.
  fs::resize_file(path, end - kMiB);
  EXPECT_THAT(line_of(path), HasSubstr("its log cannot be replayed: the file had"));
}

TEST_F(VhdxVolume, ALogThatCannotBeReplayedIsRefusedWithTheReason) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const std::uint64_t at = maker.put_block(0, block_of(kMiB, 1));
  const std::vector<VhdxMaker::Change> change{{at, block_of(4096, 3), 0}};
  const auto refused = [&](VhdxMaker image) {
    image.leave_open();
    const std::string line = line_of(image);
    EXPECT_THAT(line, Not(HasSubstr("qemu"))) << "no advice that writes into the source";
    return line;
  };
  EXPECT_THAT(refused(maker), HasSubstr("no whole entry is in it"));
  VhdxMaker good = maker;
  good.log(0, 0, 1, change);
  EXPECT_EQ(refused(good), "opened");
  // A bit of its data, of its descriptor; an entry of another session of the file; a tail that is
  // not in the sequence; cut off.
  for (const std::uint64_t bit : {64u, 5000u, 8000u, 0x20u}) {
    VhdxMaker torn = good;
    torn.file[VhdxMaker::kLogOffset + bit] ^= std::byte{1};
    EXPECT_THAT(refused(torn), HasSubstr("no whole entry is in it")) << bit;
  }
  VhdxMaker tailless = maker;
  tailless.log(0, 8192, 2, change);
  EXPECT_THAT(refused(tailless), HasSubstr("no whole entry is in it"));
  VhdxMaker over_itself = maker;
  over_itself.log(0, 0, 1, {{VhdxMaker::kLogOffset + 4096, block_of(4096, 1), 0}});
  EXPECT_THAT(refused(over_itself), HasSubstr("it would write over itself"));
  VhdxMaker newer = good;
  newer.file[kVhdxHeaderOffsets[1] + offsetof(VhdxHeader, log_version)] = std::byte{1};
  EXPECT_THAT(refused(newer), HasSubstr("it has version 1"));
  for (const std::uint32_t bytes : {0u, 4096u, 3u << 30}) {
    VhdxMaker odd = good;
    const le32 length = bytes;
    std::memcpy(odd.file.data() + kVhdxHeaderOffsets[1] + offsetof(VhdxHeader, log_bytes), &length,
                sizeof length);
    EXPECT_THAT(refused(odd), HasSubstr("its log")) << bytes;
  }
}

// Every entry of the log claims to be as long as it: quick, whatever the answer.
TEST_F(VhdxVolume, ALogThatIsMadeToBeSlowIsRefused) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  VhdxMaker one = maker;
  one.log(0, 0, 1, {});
  auto entry = Bytes(one.file.begin() + VhdxMaker::kLogOffset,
                     one.file.begin() + VhdxMaker::kLogOffset + 4096);
  const le32 bytes = VhdxMaker::kLogBytes;
  std::memcpy(entry.data() + offsetof(VhdxLogEntry, bytes), &bytes, sizeof bytes);
  for (std::uint64_t at = 0; at < VhdxMaker::kLogBytes; at += 4096)
    place(maker.file, VhdxMaker::kLogOffset + at, entry);
  maker.leave_open();
  EXPECT_THAT(line_of(maker), HasSubstr("its entries overlap"));
}

class DifferencingVhdx : public VhdxVolume, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  // 40 MiB: with sectors of 512 bytes that is less than a chunk, whatever the block.
  VhdxMaker parent_ = VhdxMaker({.disk_bytes = 40 * kMiB, .sector_bytes = GetParam()});
  VhdxMaker::Options child_options(std::string relative = ".\\parent.vhdx") {
    return {.disk_bytes = 40 * kMiB,
            .block_bytes = 2 * kMiB,
            .sector_bytes = GetParam(),
            .id = vhdx_guid("99999999-2222-3333-4444-555555555555"),
            .parent = vhdx_guid("11111111-2222-3333-4444-555555555555"),
            .parent_paths = {{"relative_path", std::move(relative)}}};
  }
};
INSTANTIATE_TEST_SUITE_P(SectorBytes, DifferencingVhdx, ::testing::Values(512, 4096));

TEST_P(DifferencingVhdx, ShowsItsSectorsAndTheParentsOthers) {
  Bytes expected(40 * kMiB);
  for (const std::uint64_t block : {0, 1, 4, 5, 10, 12, 38}) {
    const Bytes content = block_of(kMiB, static_cast<unsigned>(block));
    parent_.put_block(block, content);
    place(expected, block * kMiB, content);
  }
  write("parent.vhdx", parent_);
  VhdxMaker child(child_options());
  const Bytes own = block_of(2 * kMiB, 77);
  child.put_block(0, own, VhdxBlock::partially_present);
  child.put_block(19, own, VhdxBlock::partially_present);
  for (const std::uint64_t block : {0u, 19u})
    for (std::uint64_t s = 0; s < 2 * kMiB / GetParam(); s += 3) {
      const std::uint64_t at = s * GetParam();
      child.mark((block * 2 * kMiB + at) / GetParam());
      place(expected, block * 2 * kMiB + at, std::span(own).subspan(at, GetParam()));
    }
  child.put_block(2, own);
  place(expected, 4 * kMiB, own);
  child.set_state(5, VhdxBlock::zero);
  child.set_state(6, VhdxBlock::unmapped);
  std::fill_n(expected.begin() + 10 * kMiB, 4 * kMiB, std::byte{0});
  const std::string path = write("child.vhdx", child);
  EXPECT_TRUE(all_of(*open(path)) == expected);
  EXPECT_TRUE(mapped(*open(path)) == expected);
  EXPECT_EQ(must(vhdx_files(path)),
            (std::vector<std::string>{path, fs::canonical(dir_ / "parent.vhdx").string()}));

  // A disk that grew: its parent's end is not its own. And one that shrank.
  auto larger = child_options();
  larger.disk_bytes = 50 * kMiB;
  Bytes below = all_of(*open(dir_ / "parent.vhdx"));
  Bytes grown = below;
  grown.resize(50 * kMiB);
  EXPECT_TRUE(all_of(*open(write("larger.vhdx", VhdxMaker(larger)))) == grown);
  larger.disk_bytes = 3 * kMiB;
  below.resize(3 * kMiB);
  EXPECT_TRUE(all_of(*open(write("smaller.vhdx", VhdxMaker(larger)))) == below);
}

TEST_P(DifferencingVhdx, TakesNoOtherParentAndNoneFromElsewhere) {
  parent_.put_block(1, block_of(kMiB, 1));
  test::TempDir elsewhere;
  test::write_file(elsewhere / "parent.vhdx", parent_.file);
  const std::string child = write("child.vhdx", VhdxMaker(child_options()));
  EXPECT_THAT(line_of(child),
              HasSubstr("which is missing (put it there, or name its folder: --allow-folder DIR"));
  EXPECT_TRUE(all_of(*open(child, {elsewhere.path().string()})) ==
              all_of(*open(elsewhere / "parent.vhdx")));
  const std::string up = "..\\" + elsewhere.path().filename().string() + "\\parent.vhdx";
  const std::string outside = write("outside.vhdx", VhdxMaker(child_options(up)));
  EXPECT_THAT(line_of(outside), HasSubstr("lies outside its folder (if you trust the image: "
                                          "--allow-folder " +
                                          fs::canonical(elsewhere.path()).string()));
  EXPECT_TRUE(all_of(*open(outside, {elsewhere.path().string()})) ==
              all_of(*open(elsewhere / "parent.vhdx")));
  EXPECT_FALSE(open_vhdx_volume(child, {.allowed_folders = {dir_ / "none"}}));

  // One that was written to since has another identity.
  VhdxMaker written = parent_;
  written.file[kVhdxHeaderOffsets[1] + offsetof(VhdxHeader, data_write_id)] ^= std::byte{1};
  written.seal();
  write("parent.vhdx", written);
  EXPECT_THAT(line_of(child), HasSubstr("is not the disk that it is based on"));
  VhdxMaker other({.disk_bytes = 40 * kMiB, .sector_bytes = GetParam() == 512 ? 4096u : 512u});
  write("parent.vhdx", other);
  EXPECT_THAT(line_of(child), HasSubstr("its sectors have"));
  auto circle = child_options(".\\circle.vhdx");
  circle.id = *circle.parent;
  EXPECT_THAT(line_of(write("circle.vhdx", VhdxMaker(circle))), HasSubstr("is based on itself"));
  auto unnamed = child_options();
  unnamed.parent_paths.clear();
  EXPECT_THAT(line_of(VhdxMaker(unnamed)), HasSubstr("it does not name its parent"));
}

TEST_F(VhdxVolume, ADamagedCopyOfAStructureIsSaidAndTheOtherUsed) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  maker.put_block(0, block_of(kMiB, 1));
  const Bytes expected = all_of(*open(write("good.vhdx", maker)));
  const std::pair<std::vector<std::uint64_t>, const char*> kPairs[] = {
      {{kVhdxHeaderOffsets[0], kVhdxHeaderOffsets[1]}, "header is damaged, the other one"},
      {{kVhdxRegionTableOffsets[0]}, "its first region table is damaged, the other one"}};
  for (const auto& [offsets, said] : kPairs)
    for (const std::uint64_t at : offsets)
      for (const std::uint64_t byte : {0, 4, 8, 60, 4000}) {
        VhdxMaker bad = maker;
        bad.file[at + byte] ^= std::byte{0x10};
        EXPECT_TRUE(all_of(*open(write("bad.vhdx", bad))) == expected) << at + byte;
        EXPECT_THAT(remarks_, Contains(HasSubstr(said)));
      }
  for (const auto& offsets : {kVhdxHeaderOffsets, kVhdxRegionTableOffsets}) {
    VhdxMaker bad = maker;
    for (int i = 0; i < 2; ++i) bad.file[offsets[i] + 9] ^= std::byte{1};
    EXPECT_THAT(line_of(bad), HasSubstr("as a VHDX it is damaged"));
  }
}

TEST_F(VhdxVolume, WhatMustBeKnownAndIsNotIsRefused) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  VhdxMaker item = maker, region = maker, version = maker;
  // The item behind the last, a region behind the last.
  VhdxMetadataItem unknown{vhdx_guid("DEADBEEF-0000-0000-0000-000000000000"), 0, 0, 0, 0};
  for (const std::uint32_t flags : {0u, kVhdxIsUser, kVhdxIsRequired}) {
    unknown.flags = flags;
    std::memcpy(item.file.data() + VhdxMaker::kMetadataOffset + 32 + 5 * 32, &unknown, 32);
    item.file[VhdxMaker::kMetadataOffset + 10] = std::byte{6};
    EXPECT_THAT(line_of(item),
                HasSubstr(flags == kVhdxIsRequired ? "does not know its metadata item" : "opened"));
  }
  for (const std::uint32_t required : {0u, 1u}) {
    for (const std::uint64_t at : kVhdxRegionTableOffsets) {
      const VhdxRegion odd{unknown.id, 64 << 20, 1 << 20, required};
      std::memcpy(region.file.data() + at + 16 + 2 * 32, &odd, sizeof odd);
      region.file[at + 8] = std::byte{3};
    }
    region.seal();
    EXPECT_THAT(line_of(region), HasSubstr(required ? "does not know its region" : "opened"));
  }
  for (const std::uint64_t at : kVhdxHeaderOffsets)
    version.file[at + offsetof(VhdxHeader, version)] = std::byte{2};
  version.seal();
  EXPECT_THAT(line_of(version), HasSubstr("it is a VHDX of version 2"));
}

TEST_F(VhdxVolume, ACutImageIsAnErrorWhereverItIsCut) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  for (const std::uint64_t block : {5, 0, 7}) maker.put_block(block, block_of(kMiB, 1));
  const std::string path = write("a.vhdx", maker);
  for (std::uint64_t left = maker.file.size(); left > 4096 * 13;) {
    left -= left > 4 * kMiB ? 4096 * 41 : 4096 * 13;
    fs::resize_file(path, left);
    EXPECT_THAT(line_of(path), HasSubstr("cannot read")) << left;
  }
}

TEST_F(VhdxVolume, ATableThatLiesIsRefused) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const std::uint64_t first = maker.put_block(0, block_of(kMiB, 1));
  const auto with_entry = [&](std::uint64_t offset) {
    VhdxMaker bad = maker;
    const le64 entry = offset | static_cast<std::uint64_t>(VhdxBlock::present);
    std::memcpy(bad.file.data() + bad.table_entry_offset(3), &entry, sizeof entry);
    return line_of(bad);
  };
  EXPECT_THAT(with_entry(first), HasSubstr("two things lie at offset"));
  for (const std::uint64_t taken : {std::uint64_t{0}, VhdxMaker::kLogOffset,
                                    VhdxMaker::kMetadataOffset, VhdxMaker::kTableOffset})
    EXPECT_THAT(with_entry(taken), HasSubstr("two things lie at offset"));
  EXPECT_THAT(with_entry(~std::uint64_t{0} << 20), HasSubstr("cut short"));
}

// Structures have checksums: a flipped bit is noticed, or harmless.
TEST_F(VhdxVolume, AFlippedBitOfTheHeaderSectionNeverChangesTheBytes) {
  VhdxMaker maker({.disk_bytes = 8 * kMiB});
  const std::uint64_t at = maker.put_block(0, block_of(kMiB, 1));
  maker.log(8192, 8192, 3, {{at, block_of(4096, 3), 0}});
  maker.leave_open();
  const Bytes expected = all_of(*open(write("good.vhdx", maker)));
  std::mt19937_64 random(1);
  int opened = 0;
  for (int round = 0; round < 200; ++round) {
    VhdxMaker bad = maker;
    constexpr std::uint64_t kPlaces[] = {64 << 10, 128 << 10, 192 << 10, 256 << 10,
                                         VhdxMaker::kLogOffset + 8192};
    const std::uint64_t byte = kPlaces[random() % 5] + random() % 256;
    bad.file[byte] ^= std::byte{1} << static_cast<int>(random() % 8);
    const auto volume = open_vhdx_volume(write("bad.vhdx", bad));
    if (!volume) continue;
    ++opened;
    ASSERT_TRUE(all_of(**volume) == expected) << byte;
  }
  EXPECT_GT(opened, 50);
}

}  // namespace
}  // namespace tintype
