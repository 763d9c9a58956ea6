// `tintype export`: disk files that qemu-img itself finds sound and equal.
#include <nlohmann/json.hpp>

#include "support/changed_environment.h"
#include "support/disk_maker.h"
#include "tests/tools/commands/served_program.h"

namespace tintype {
namespace {

using test::ServedProgram;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class Export : public ServedProgram {
 protected:
  void expect_no_file(const std::string& target) {
    EXPECT_FALSE(fs::exists(target));
    EXPECT_FALSE(fs::exists(target + ".partial"));
    expect_nothing_left();
  }
};

TEST_F(Export, EveryFormatHoldsTheVolumeAndItsHoles) {
  for (const bool ntfs : {false, true}) {
    const std::string set = backup({"v=" + (ntfs ? ntfs_volume() : ext4_volume())});
    const auto truth = restored(set);
    test::write_file(dir_ / "truth", truth);
    for (const auto& [name, format] : std::map<std::string, std::string>{
             {"qcow2", "qcow2"}, {"vhdx", "vhdx"}, {"vhd", "vpc"}, {"vmdk", "vmdk"}}) {
      SCOPED_TRACE(name);
      const std::string target = dir_ / "out." + name;
      const auto outcome = run({"export", set, "--to", target});
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_THAT(outcome.out, HasSubstr("exported, compared equal. exit 0\n"));
      if (name != "vhd") shell("qemu-img check -f " + format + " " + target);
      EXPECT_THAT(
          shell("qemu-img compare -f raw -F " + format + " " + (dir_ / "truth") + " " + target),
          HasSubstr("identical"));
      shell("qemu-img convert -f " + format + " -O raw " + target + " " + (dir_ / "back"));
      EXPECT_TRUE(test::read_file(dir_ / "back") == truth);
      const Json info = Json::parse(shell("qemu-img info --output=json " + target));
      EXPECT_EQ(info["virtual-size"], truth.size());
      EXPECT_LT(info["actual-size"].get<std::uint64_t>(), 20u << 20) << "holes stay holes";
      fs::remove(target);
      expect_no_file(target);
    }
    for (const std::string name : {"out.raw", "out.img"}) {
      EXPECT_EQ(run({"export", set, "--to", dir_ / name}).code, 0);
      EXPECT_TRUE(test::read_file(dir_ / name) == truth);
      fs::remove(dir_ / name);
    }
    fs::remove_all(dir_ / "repo");
  }
}

TEST_F(Export, AnExistingFileIsReplacedOnlyIfToldTwice) {
  const std::string set = backup({"v=" + ext4_volume()}), target = dir_ / "disk";
  test::write_file(target, test::random_bytes(1000));
  const auto old = test::read_file(target);
  EXPECT_EQ(run({"export", set, "--to", target}).code, 2) << "the name tells no format";
  const auto refused = run({"export", set, "--to", target, "--format", "vmdk"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("name a new file, or add --overwrite"));
  EXPECT_EQ(run({"export", set, "--to", target, "--format", "vmdk", "--overwrite"}).code, 2);
  EXPECT_TRUE(test::read_file(target) == old);
  EXPECT_EQ(run({"export", set, "--to", target, "--format", "vmdk", "--overwrite", "--yes"}).code,
            0);
  // The format writes the file's name into the file: it must be the final one.
  EXPECT_THAT(shell("strings " + target + " | grep SPARSE"), HasSubstr("SPARSE \"disk\""));
  EXPECT_EQ(run({"export", set, "--to", dir_.path(), "--format", "vmdk"}).code, 1);
  EXPECT_EQ(run({"export", set, "--to", dir_ / "no/where.vhd"}).code, 1);
  expect_nothing_left();
}

TEST_F(Export, ARawFileIsReplacedWhereItWasNamedAndGetsTheModeAskedFor) {
  const std::string volume = ext4_volume(), set = backup({"v=" + volume});
  const auto truth = restored(set);
  auto since = test::read_file(volume);
  since[since.size() / 2] ^= std::byte{1};
  test::write_file(volume, since);
  const std::string target = dir_ / "out.raw";
  test::write_file(target, test::random_bytes(1000));
  const auto outcome = run({"export", set, "--to", target, "--overwrite", "--yes"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(test::read_file(target) == truth);
  EXPECT_TRUE(test::read_file(volume) == since) << "--yes is not --original";

  ASSERT_EQ(run({"export", set, "--to", dir_ / "own.raw"}).code, 0);
  ASSERT_EQ(run({"export", set, "--to", dir_ / "open.raw", "--open-permissions"}).code, 0);
  const auto others = fs::perms::group_read | fs::perms::others_read;
  EXPECT_EQ(fs::status(dir_ / "own.raw").permissions() & others, fs::perms::none);
  EXPECT_EQ(fs::status(dir_ / "open.raw").permissions() & others, others);
}

TEST_F(Export, ADamagedImageIsExit4AndNoFile) {
  const std::string set = backup({"v=" + ext4_volume(), "--all-blocks"});
  damage(image_of(set));
  const std::string target = dir_ / "out.qcow2";
  const auto outcome = run({"export", set, "--to", target, "--json"});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(" is damaged at offset "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  expect_no_file(target);
}

TEST_F(Export, WhatTheBackupCouldNotReadIsZerosAndExit3) {
  const std::string image = image_with_unreadable(), target = dir_ / "out.qcow2";
  const auto outcome = run({"export", image, "--to", target});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("with holes that the backup could not read. exit 3"));
  EXPECT_TRUE(fs::exists(target));
}

TEST_F(Export, InterruptedItLeavesNothing) {
  const std::string set = backup({"v=" + large_volume()}), target = dir_ / "out.vhdx";
  for (const int number : {SIGINT, SIGTERM}) {
    test::ChildProgram child({TINTYPE_PROGRAM, "export", set, "--to", target, "--json"});
    ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.err();
    child.signal(number);
    EXPECT_EQ(child.wait(), 128 + number);
    EXPECT_THAT(child.err(), HasSubstr("nothing is left behind"));
    expect_no_file(target);
  }
}

TEST_F(Export, KilledItLeavesAnUnfinishedFolderThatTheNextOneTakesAway) {
  const std::string set = backup({"v=" + large_volume()}), target = dir_ / "out.qcow2";
  test::ChildProgram child({TINTYPE_PROGRAM, "export", set, "--to", target, "--json"});
  ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.err();
  child.signal(SIGKILL);
  child.wait();
  expect_nothing_left();
  EXPECT_FALSE(fs::exists(target));
  EXPECT_EQ(run({"export", set, "--to", target}).code, 0);
  EXPECT_TRUE(fs::exists(target));
  EXPECT_FALSE(fs::exists(target + ".partial"));
}

TEST_F(Export, MissingHelpersAreNamedWithTheirPackages) {
  const std::string set = backup({"v=" + large_volume(16 << 20)}), target = dir_ / "out.qcow2";
  fs::create_directory(dir_ / "bin");
  const test::ChangedEnvironment programs("PATH", dir_ / "bin");
  const auto no_nbdkit = run({"export", set, "--to", target});
  fs::create_symlink("/usr/bin/nbdkit", dir_ / "bin/nbdkit");
  const auto no_qemu = run({"export", set, "--to", target});
  EXPECT_EQ(no_nbdkit.err, "tintype: nbdkit is not installed (apt-get install nbdkit)\n");
  EXPECT_EQ(no_qemu.err, "tintype: qemu-img is not installed (apt-get install qemu-utils)\n");
  EXPECT_EQ(no_qemu.code, 1);
  expect_no_file(target);
}

// One partition of a disk: exported, served and extracted from, against the slice of the disk.
TEST_F(Export, OnePartitionOfADiskIsAskedForByItsNumber) {
  const std::string volume = ext4_volume(), disk = dir_ / "disk.raw";
  test::make_disk(disk, 80 << 20,
                  "label: gpt\nstart=2048, size=16384\nstart=20481, size=98304, name=data\n");
  test::put_into_disk(disk, volume, 20481 * 512);
  const std::string set = backup({"d=" + disk}), part = set + "#2", slice = dir_ / "slice";
  test::take_from_disk(dir_ / "disk.raw", 20481 * 512, 98304 * 512, slice);
  // Free space is not captured: what a restore gives is the truth, and it is a sound file system.
  test::write_file(dir_ / "truth", restored(part));
  EXPECT_EQ(fs::file_size(dir_ / "truth"), fs::file_size(slice));
  shell("fsck.ext4 -fn " + (dir_ / "truth"));

  ASSERT_EQ(run({"export", part, "--to", dir_ / "out.qcow2"}).code, 0);
  shell("qemu-img compare -f raw -F qcow2 " + (dir_ / "truth") + " " + (dir_ / "out.qcow2"));
  ASSERT_EQ(run({"export", part, "--to", dir_ / "out.raw"}).code, 0);
  shell("cmp " + (dir_ / "truth") + " " + (dir_ / "out.raw"));
  {
    test::Served served({part});
    ASSERT_TRUE(served.up()) << served.child().err();
    EXPECT_THAT(served.child().out(), HasSubstr("d-p2"));
    shell("qemu-img compare -f raw -F raw " + (dir_ / "truth") + " " + served.quoted());
    served.end();
  }
  const auto extracted = run({"extract", part, "/", "--to", dir_ / "files"});
  ASSERT_EQ(extracted.code, 0) << extracted.err;
  for (const std::string file : {"noise", "text", "sparse", "deep/er/39"})
    EXPECT_TRUE(test::read_file(dir_ / ("files/" + file)) ==
                test::read_file(dir_ / ("content/" + file)))
        << file;
  for (const auto& words :
       {std::vector<std::string>{"extract", set + "#7", "/", "--to", dir_ / "no"},
        {"export", set + "#7", "--to", dir_ / "no.qcow2"},
        {"serve", set + "#7"},
        {"restore", set + "#7", "--to", dir_ / "no"}}) {
    const auto none = run(words);
    EXPECT_EQ(none.code, 1) << words[0];
    EXPECT_THAT(none.err, HasSubstr("has no partition 7 (it has 1, 2)")) << words[0];
  }
  expect_nothing_left();
}

}  // namespace
}  // namespace tintype
