// Disk images: told by their content, read as qemu reads them, and never a way to another file.
#include "io/disk_image/disk_image.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "io/disk_image/disk_image_kind.h"
#include "io/disk_image/image_layers.h"
#include "io/disk_image/qcow2_header.h"
#include "io/disk_image/vmdk_descriptor.h"
#include "support/changed_environment.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_bytes.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::all_of;
using test::must;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

std::string line_of(const std::string& path, std::vector<std::string> allowed_folders = {}) {
  const auto volume =
      open_disk_image(path, {.allowed_folders = std::move(allowed_folders), .remark = {}});
  if (!volume) return volume.error().line();
  return *volume == nullptr ? "no disk image" : "opened";
}

class DiskImage : public ::testing::Test {
 protected:
  DiskImage() : content_(9 << 20) {
    const Bytes data = test::random_bytes(2 << 20);
    std::ranges::copy(data, content_.begin() + (3 << 20));
    std::ranges::copy(std::span(data).first(512), content_.begin());
    std::ranges::copy(std::span(data).first(512), content_.end() - 512);
    test::write_file(dir_ / "raw", content_);
  }
  static void run(const std::string& command) {
    const auto outcome = test::run_command(command);
    if (outcome.exit_code != 0) throw std::runtime_error(command + ": " + outcome.output);
  }
  std::string make(const std::string& name, const std::string& options) {
    run("qemu-img convert -f raw " + (dir_ / "raw") + " " + options + " " + (dir_ / name));
    return dir_ / name;
  }
  // A qcow2 that says it is based on `backing`, which need not exist.
  std::string based_on(const std::string& name, const std::string& backing,
                       const std::string& format = "raw") {
    run("cd " + dir_.path().string() + " && qemu-img create -q -u -f qcow2 -F " + format + " -b '" +
        backing + "' " + name + " 9M");
    return dir_ / name;
  }

  test::TempDir dir_;
  Bytes content_;
};

TEST_F(DiskImage, EveryFormatReadsAsWhatWasPutIn) {
  const std::pair<const char*, const char*> kMade[] = {
      {"a.qcow2", "-O qcow2"},
      {"b", "-O qcow2 -c"},
      {"c.img", "-O qcow2 -o compat=0.10"},
      {"d.vhdx", "-O vhdx"},
      {"e.vhdx", "-O vhdx -o subformat=fixed"},
      {"f.vmdk", "-O vmdk"},
      {"g.vmdk", "-O vmdk -o subformat=streamOptimized"},
      {"h.vmdk", "-O vmdk -o subformat=twoGbMaxExtentSparse"},
      {"i.vmdk", "-O vmdk -o subformat=monolithicFlat"},
      {"j.vhd", "-O vpc -o force_size=on"},
      {"k.vhd", "-O vpc -o subformat=fixed,force_size=on"},
  };
  for (const auto& [name, options] : kMade) {
    const std::string path = make(name, options);
    const auto volume = must(open_disk_image(path));
    ASSERT_NE(volume, nullptr) << name;
    EXPECT_EQ(volume->name(), path);
    EXPECT_TRUE(all_of(*volume) == content_) << name;
    EXPECT_LE(total_bytes(must(volume->data_extents())), 7u << 20) << name;
  }
}

TEST_F(DiskImage, WhatIsNoneIsLeftAlone) {
  EXPECT_EQ(line_of(dir_ / "raw"), "no disk image");
  test::write_file(dir_ / "tiny", Bytes(1));
  EXPECT_EQ(line_of(dir_ / "tiny"), "no disk image");
  EXPECT_THAT(line_of(dir_ / "missing"), HasSubstr("No such file"));
  // A raw disk may end in any bytes: only a footer that fits to the bit makes it a VHD.
  Bytes fixed = test::read_file(make("fixed.vhd", "-O vpc -o subformat=fixed,force_size=on"));
  EXPECT_EQ(line_of(dir_ / "fixed.vhd"), "opened");
  fixed[fixed.size() - 300] ^= std::byte{1};
  test::write_file(dir_ / "fixed.vhd", fixed);
  EXPECT_EQ(line_of(dir_ / "fixed.vhd"), "no disk image");
  fixed[fixed.size() - 300] ^= std::byte{1};
  fixed.insert(fixed.begin(), 512, std::byte{0});
  test::write_file(dir_ / "fixed.vhd", fixed);
  EXPECT_EQ(line_of(dir_ / "fixed.vhd"), "no disk image");
  // A device is read as it is: what a guest wrote into its first sector changes nothing.
  make("a.qcow2", "-O qcow2");
  auto loop = test::LoopDevice::attach(dir_ / "a.qcow2");
  if (!loop) GTEST_SKIP() << loop.error();
  EXPECT_EQ(line_of(loop->path()), "no disk image");
}

TEST_F(DiskImage, AChainInOneFolderIsReadThrough) {
  fs::create_directories(dir_ / "base");
  fs::copy_file(dir_ / "raw", dir_ / "base/disk.raw");
  based_on("middle.qcow2", "base/disk.raw");
  based_on("top.qcow2", "middle.qcow2", "qcow2");
  run("qemu-io -f qcow2 -c 'write -P 7 1M 64k' " + (dir_ / "middle.qcow2"));
  run("qemu-io -f qcow2 -c 'write -P 9 4M 64k' " + (dir_ / "top.qcow2"));
  Bytes expected = content_;
  std::fill_n(expected.begin() + (1 << 20), 64 << 10, std::byte{7});
  std::fill_n(expected.begin() + (4 << 20), 64 << 10, std::byte{9});
  EXPECT_TRUE(all_of(*must(open_disk_image(dir_ / "top.qcow2"))) == expected);

  // The parent of a VMDK, too.
  make("base.vmdk", "-O vmdk");
  run("cd " + dir_.path().string() +
      " && qemu-img create -q -f vmdk -F vmdk -b base.vmdk child.vmdk && qemu-io -f vmdk -c "
      "'write -P 7 1M 64k' child.vmdk");
  std::fill_n(expected.begin() + (4 << 20), 64 << 10, std::byte{});
  std::copy_n(content_.begin() + (4 << 20), 64 << 10, expected.begin() + (4 << 20));
  EXPECT_TRUE(all_of(*must(open_disk_image(dir_ / "child.vmdk"))) == expected);
}

TEST_F(DiskImage, NoImageIsAWayToAnotherFile) {
  test::TempDir outside;
  test::write_file(outside / "secret", test::random_bytes(1 << 20));
  fs::create_directories(dir_ / "in");
  fs::create_symlink(outside / "secret", dir_ / "link");
  const std::pair<std::string, const char*> kBases[] = {
      {outside / "secret", "lies outside its folder"},
      {"../" + outside.path().filename().string() + "/secret", "lies outside its folder"},
      {"in/../../" + outside.path().filename().string() + "/secret", "lies outside its folder"},
      {"link", "lies outside its folder"},
      {"/dev/null", "lies outside its folder"},
      {"in", "which is no regular file"},
      {"missing", "which is missing"},
      {"nbd://localhost/x", "which is no file"},
      {"nbd:unix:/x", "which is no file"},
      {"fat:in", "which is no file"},
      {"file:raw", "which is no file"},
      {"json:{\"driver\":\"file\",\"filename\":\"" + (outside / "secret") + "\"}",
       "which is no file"},
      {std::string(600, 'x'), "too long"},
  };
  for (const auto& [base, why] : kBases) {
    EXPECT_THAT(line_of(based_on("top.qcow2", base)), HasSubstr(why)) << base;
    // The same one layer down.
    based_on("lower.qcow2", base);
    EXPECT_THAT(line_of(based_on("upper.qcow2", "lower.qcow2", "qcow2")), HasSubstr(why)) << base;
    if (base.find('"') != std::string::npos) continue;
    for (const char* extent : {"FLAT", "SPARSE", "VMFS"}) {
      const std::string text =
          "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType=\"custom\"\nRW "
          "8 " +
          std::string(extent) + " \"" + base + "\" 0\n";
      test::write_file(dir_ / "x.vmdk", std::as_bytes(std::span(text)));
      EXPECT_THAT(line_of(dir_ / "x.vmdk"), HasSubstr(why)) << text;
    }
  }
  EXPECT_THAT(line_of(based_on("circle.qcow2", "./circle2.qcow2", "qcow2")), HasSubstr("missing"));
  based_on("circle2.qcow2", "circle.qcow2", "qcow2");
  EXPECT_THAT(line_of(dir_ / "circle.qcow2"), HasSubstr("is based on itself"));
  run("cd " + dir_.path().string() + " && qemu-img create -q -f qcow2 -o data_file=d ext.qcow2 1M");
  EXPECT_THAT(line_of(dir_ / "ext.qcow2"), HasSubstr("its data lies in another file"));
  // What a base is, its image says, and no guest: a raw one that looks like a qcow2 stays raw.
  fs::copy_file(based_on("evil", outside / "secret"), dir_ / "guest.raw");
  const Bytes raw = test::read_file(dir_ / "guest.raw");
  const auto volume = must(open_disk_image(based_on("over.qcow2", "guest.raw")));
  Bytes bytes = all_of(*volume);
  bytes.resize(raw.size());
  EXPECT_TRUE(bytes == raw);
}

TEST_F(DiskImage, ACutImageIsAnErrorAndNotZeros) {
  const std::pair<const char*, const char*> kMade[] = {
      {"a.qcow2", "-O qcow2"},
      {"d.vhdx", "-O vhdx"},
      {"f.vmdk", "-O vmdk"},
  };
  for (const auto& [name, options] : kMade)
    for (const unsigned percent : {95u, 50u, 5u}) {
      const std::string path = make(name, options);
      fs::resize_file(path, fs::file_size(path) * percent / 100);
      const auto volume = open_disk_image(path);
      // A VHDX keeps whole blocks: what lies behind the disk's end is no loss.
      if (volume)
        EXPECT_TRUE(percent == 95 && all_of(**volume) == content_) << path << percent;
      else
        EXPECT_THAT(volume.error().line(), HasSubstr("cannot read " + path)) << percent;
    }
  make("i.vmdk", "-O vmdk -o subformat=monolithicFlat");
  fs::resize_file(dir_ / "i-flat.vmdk", (9 << 20) - 512);
  EXPECT_THAT(line_of(dir_ / "i.vmdk"), HasSubstr("is cut short: it has 18431 sectors"));
}

TEST_F(DiskImage, WithoutQemuTheLineNamesThePackage) {
  const std::string path = make("a.qcow2", "-O qcow2"), vhd = make("k.vhd", "-O vpc"),
                    vhdx = make("d.vhdx", "-O vhdx");
  const test::ChangedEnvironment nowhere("PATH", dir_.path());
  EXPECT_THAT(line_of(path), HasSubstr("is not installed (apt-get install qemu-utils)"));
  EXPECT_EQ(line_of(vhd), "opened") << "which needs no qemu";
  EXPECT_EQ(line_of(vhdx), "opened") << "which needs no qemu";
}

TEST_F(DiskImage, AFormatThatIsNotReadIsNamedAndNeverTakenForARawDisk) {
  const std::pair<const char*, const char*> kMade[] = {
      {"vdi", "it is a VirtualBox disk (VDI) (make a qcow2 of it: qemu-img convert -f vdi"},
      {"qed", "of the QED format (make a qcow2 of it: qemu-img convert -f qed"},
      {"parallels", "it is a Parallels disk (HDS) (if it has no snapshots"},
      {"qcow", "of the old qcow format (version 1) (make a qcow2 of it: qemu-img convert -f qcow "},
  };
  for (const auto& [format, said] : kMade) {
    const std::string path = make(format, "-O " + std::string(format));
    EXPECT_THAT(line_of(path), HasSubstr(said));
    EXPECT_THAT(disk_image_files(path).error().line(), HasSubstr(said));
    auto loop = test::LoopDevice::attach(path);
    if (!loop) continue;
    EXPECT_EQ(line_of(loop->path()), "no disk image") << "a device is read as it is";
  }
  using namespace std::string_literals;
  const std::pair<std::string, const char*> kHeads[] = {
      {"EVF\x09\x0d\x0a\xff\0"s, "EnCase image (EWF, E01) (ewfmount FILE DIR"},
      {"EVF2\x0d\x0a\x81\0"s, "EnCase image"},
      {"LVF\x09\x0d\x0a\xff\0"s, "EnCase image of files"},
      {"AFF10\r\n\0"s, "(AFF)"},
      {"MSWIM\0\0\0"s, "(WIM)"},
      {"VMA\0\0\0\0\1"s, "Proxmox backup"},
      {"COWD"s, "a part of a VMware disk (name the disk's .vmdk"},
      {"\xbe\xba\xfe\xca\0\0\0\0"s, "SESPARSE"},
      {"Bochs Virtual HD Image\0"s, "Bochs"},
  };
  for (const auto& [head, said] : kHeads) {
    Bytes file = content_;
    std::ranges::copy(std::as_bytes(std::span(head)), file.begin());
    test::write_file(dir_ / "x", file);
    EXPECT_THAT(line_of(dir_ / "x"), HasSubstr(said));
    // One byte less of the mark: a raw disk that happens to begin alike.
    file[head.size() - 1] ^= std::byte{1};
    test::write_file(dir_ / "x", file);
    EXPECT_EQ(line_of(dir_ / "x"), "no disk image") << said;
  }
  Bytes file = content_;
  const std::string trailer("koly\0\0\0\4\0\0\2\0", 12);
  std::ranges::copy(std::as_bytes(std::span(trailer)), file.end() - 512);
  test::write_file(dir_ / "x", file);
  EXPECT_THAT(line_of(dir_ / "x"), HasSubstr("Apple disk image (DMG)"));
}

TEST_F(DiskImage, AVhdWithAFooterOf511BytesIsOne) {
  Bytes fixed = test::read_file(make("fixed.vhd", "-O vpc -o subformat=fixed,force_size=on"));
  fixed.pop_back();
  test::write_file(dir_ / "old.vhd", fixed);
  EXPECT_TRUE(all_of(*must(open_disk_image(dir_ / "old.vhd"))) == content_);
  fixed.pop_back();
  test::write_file(dir_ / "older.vhd", fixed);
  EXPECT_EQ(line_of(dir_ / "older.vhd"), "no disk image");
  Bytes dynamic = test::read_file(make("dynamic.vhd", "-O vpc -o force_size=on"));
  dynamic.pop_back();
  test::write_file(dir_ / "old.vhd", dynamic);
  EXPECT_TRUE(all_of(*must(open_disk_image(dir_ / "old.vhd"))) == content_);
}

TEST_F(DiskImage, WhatAnImageIsBasedOnMayLieInAFolderThatIsAllowed) {
  test::TempDir outside;
  const std::string folder = fs::canonical(outside.path()).string();
  fs::copy_file(dir_ / "raw", outside / "base.raw");
  const std::string top = based_on("top.qcow2", outside / "base.raw");
  EXPECT_THAT(line_of(top), HasSubstr("if you trust the image: --allow-folder " + folder));
  EXPECT_EQ(line_of(top, {folder}), "opened");
  EXPECT_EQ(must(disk_image_files(top, {.allowed_folders = {folder}, .remark = {}})),
            (std::vector<std::string>{top, folder + "/base.raw"}));
  // It was moved there.
  const std::string moved = based_on("moved.qcow2", "/elsewhere/base.raw");
  EXPECT_THAT(line_of(moved), HasSubstr("or name its folder: --allow-folder DIR"));
  EXPECT_TRUE(all_of(*must(open_disk_image(moved, {.allowed_folders = {folder}, .remark = {}}))) ==
              content_);
  EXPECT_THAT(line_of(moved, {dir_ / "raw"}), HasSubstr("it is no folder"));
  // Only what is in it, or below.
  EXPECT_THAT(line_of(based_on("odd.qcow2", "/etc/passwd"), {folder}),
              HasSubstr("lies outside its folder"));
  fs::create_symlink("/etc/passwd", outside / "passwd");
  EXPECT_THAT(line_of(based_on("link.qcow2", outside / "passwd"), {folder}),
              HasSubstr("lies outside its folder"));
  // The parts of a VMDK qemu opens by the names that they have in it: no other file may stand in.
  const std::string text =
      "# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\nRW 8 FLAT "
      "\"/elsewhere/base.raw\" 0\n";
  test::write_file(dir_ / "x.vmdk", std::as_bytes(std::span(text)));
  EXPECT_THAT(line_of(dir_ / "x.vmdk", {folder}), HasSubstr("which is missing"));
}

// What parent and child give together then is no disk that ever was.
TEST_F(DiskImage, AVmdkWhoseParentWasWrittenToIsRefused) {
  make("base.vmdk", "-O vmdk");
  run("cd " + dir_.path().string() + " && qemu-img create -q -f vmdk -F vmdk -b base.vmdk c.vmdk");
  EXPECT_EQ(line_of(dir_ / "c.vmdk"), "opened");
  run("qemu-io -f vmdk -c 'write -P 7 1M 64k' " + (dir_ / "base.vmdk"));
  EXPECT_THAT(line_of(dir_ / "c.vmdk"), HasSubstr("base.vmdk, which was written to since"));
  EXPECT_EQ(line_of(dir_ / "base.vmdk"), "opened");
}

TEST_F(DiskImage, AQcow2ThatIsMarkedAsCorruptIsReadWithAWarning) {
  const std::string path = make("a.qcow2", "-O qcow2");
  Bytes bytes = test::read_file(path);
  bytes[79] |= std::byte{2};
  test::write_file(path, bytes);
  std::vector<std::string> remarks;
  const auto volume =
      must(open_disk_image(path, {.allowed_folders = {}, .remark = [&](const std::string& line) {
                                    remarks.push_back(line);
                                  }}));
  EXPECT_TRUE(all_of(*volume) == content_);
  EXPECT_THAT(remarks, ::testing::ElementsAre(HasSubstr("qemu marked it as corrupt")));
}

TEST_F(DiskImage, AQcow2ThatWasNotClosedIsRefusedForThatReason) {
  const std::string path = dir_ / "a.qcow2";
  run("qemu-img create -q -f qcow2 -o lazy_refcounts=on " + path + " 9M");
  run("qemu-io -f qcow2 -c 'write -P 5 0 1M' -c abort " + path + "; true");
  EXPECT_THAT(line_of(path), HasSubstr("it was not closed when it was last written"));
  EXPECT_THAT(line_of(path), HasSubstr("repair a copy of it"));
}

TEST_F(DiskImage, HeadersOfAnyBytesAreParsedOrRefused) {
  const Bytes good = test::read_file(based_on("top.qcow2", "raw"));
  std::mt19937_64 random(7);
  int parsed = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes bad(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(random() % 1024));
    for (int flips = static_cast<int>(random() % 4); flips > 0 && !bad.empty(); --flips)
      bad[random() % std::min<std::size_t>(bad.size(), 160)] = static_cast<std::byte>(random());
    if (const auto header = parse_qcow2_header(bad)) {
      ++parsed;
      EXPECT_LE(header->backing_name.size(), 1023u);
    }
  }
  EXPECT_GT(parsed, 100);
  std::string text =
      "# Disk DescriptorFile\nparentCID=12345678\nparentFileNameHint=\"up.vmdk\"\r\n"
      "RW 63 FLAT \"a b.vmdk\" 128\n";
  const VmdkDescriptor descriptor = parse_vmdk_descriptor(text);
  EXPECT_EQ(descriptor.parent, "up.vmdk");
  ASSERT_EQ(descriptor.extents.size(), 1u);
  EXPECT_EQ(descriptor.extents[0].name, "a b.vmdk");
  EXPECT_EQ(descriptor.extents[0].sectors, 63u);
  EXPECT_EQ(descriptor.extents[0].offset, 128u);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = text;
    for (int flips = 3; flips > 0; --flips)
      bad[random() % bad.size()] = "\"\n= #RW\0x1"[random() % 10];
    static_cast<void>(parse_vmdk_descriptor(bad));
  }
  // Whatever way a name is written that qemu would open.
  for (const char* line : {"RW 1 FLAT \"n\" 0", " RW\t1  FLAT  \"n\"", "RW\n1\nFLAT\n\"n\" 0",
                           "RW 1 FLAT \"n", "\"n\"", "RW 1 SPARSE \"n\" = x"})
    EXPECT_EQ(parse_vmdk_descriptor(line).extents.size(), 1u) << line;
}

// A header with any byte changed: an error, or the same bytes, or EIO where a table is wrong.
TEST_F(DiskImage, AChangedHeaderNeverCrashesOrHangs) {
  const std::string path = make("a.qcow2", "-O qcow2");
  const Bytes good = test::read_file(path);
  std::mt19937_64 random(3);
  for (int round = 0; round < 40; ++round) {
    Bytes bad = good;
    bad[4 + random() % 108] = static_cast<std::byte>(random());
    test::write_file(path, bad);
    const auto volume = open_disk_image(path);
    if (!volume || *volume == nullptr) continue;
    Bytes bytes(std::min<std::uint64_t>((*volume)->size_bytes(), 1 << 20));
    static_cast<void>((*volume)->read(0, bytes));
  }
}

}  // namespace
}  // namespace tintype
