// On a made sysfs: mapped devices, arrays, partitions and loops in every direction.
#include "io/storage/storage_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

// sda with sda1 and sda2; an array md0 of sda2 and sdb; on it the mapped devices mail and web, one
// of them with a partition; a loop device over a file, from its byte 1 MiB on.
class MadeSystem : public ::testing::Test {
 protected:
  const std::uint64_t kSda = makedev(8, 0), kSda1 = makedev(8, 1), kSda2 = makedev(8, 2),
                      kSdb = makedev(8, 16), kMd0 = makedev(9, 0), kMail = makedev(253, 0),
                      kWeb = makedev(253, 1), kMailPart = makedev(253, 2), kLoop = makedev(7, 0),
                      kWindow = makedev(7, 1);

  MadeSystem() {
    fs::create_directories(dir_.path() / "sys/dev/block");
    fs::create_directories(dir_.path() / "sys/block");
    fs::create_directories(dir_.path() / "proc/self");
    disk("sda", "8:0");
    disk("sdb", "8:16");
    part("sda", "sda1", "8:1", 1, 2048, 20480);
    part("sda", "sda2", "8:2", 2, 22528, 40960);
    disk("md0", "9:0", {"sda/sda2", "sdb"});
    disk("dm-0", "253:0", {"md0"});
    write("sys/devices/dm-0/dm/name", "mail");
    disk("dm-1", "253:1", {"md0"});
    disk("dm-2", "253:2", {"dm-0"});
    std::ofstream(dir_ / "file") << "bytes";
    loop("loop0", "7:0", 1 << 20, 0);
    loop("loop1", "7:1", 0, 1 << 20);
  }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((dir_.path() / path).parent_path());
    std::ofstream(dir_ / path) << text << '\n';
  }
  void disk(const std::string& name, const std::string& number,
            const std::vector<std::string>& slaves = {}) {
    const std::string folder = "sys/devices/" + name;
    write(folder + "/dev", number);
    write(folder + "/uevent", "MAJOR=0\nDEVNAME=" + name);
    fs::create_directories(dir_.path() / folder / "slaves");
    for (const std::string& slave : slaves)
      fs::create_directory_symlink(dir_ / ("sys/devices/" + slave),
                                   dir_.path() / folder / "slaves" / fs::path(slave).filename());
    fs::create_directory_symlink(dir_ / folder, dir_ / ("sys/dev/block/" + number));
    fs::create_directory_symlink(dir_ / folder, dir_ / ("sys/block/" + name));
  }
  void part(const std::string& of, const std::string& name, const std::string& number, int index,
            int start, int size) {
    const std::string folder = "sys/devices/" + of + "/" + name;
    write(folder + "/dev", number);
    write(folder + "/uevent", "DEVNAME=" + name);
    write(folder + "/partition", std::to_string(index));
    write(folder + "/start", std::to_string(start));
    write(folder + "/size", std::to_string(size));
    fs::create_directory_symlink(dir_ / folder, dir_ / ("sys/dev/block/" + number));
  }
  void loop(const std::string& name, const std::string& number, int offset, int limit) {
    disk(name, number);
    write("sys/devices/" + name + "/loop/backing_file", dir_ / "file");
    write("sys/devices/" + name + "/loop/offset", std::to_string(offset));
    write("sys/devices/" + name + "/loop/sizelimit", std::to_string(limit));
  }
  [[nodiscard]] StorageMap map() const { return StorageMap(dir_ / "sys", dir_ / "proc"); }
  [[nodiscard]] bool meet(std::uint64_t a, std::uint64_t b) const {
    const StorageMap system = map();
    const bool there = meeting_place(system.of_device(a), system.of_device(b)).a != nullptr;
    EXPECT_EQ(there, meeting_place(system.of_device(b), system.of_device(a)).a != nullptr);
    return there;
  }
  [[nodiscard]] std::vector<std::string> users_of(std::uint64_t device) const {
    const StorageMap system = map();
    const StorageFootprint owned = system.of_device(device);
    std::vector<std::string> found;
    for (const StorageMap::User& user : system.users())
      if (uses(user.footprint, owned) &&
          (user.mount || !holds(owned, user.footprint.front().place)))
        found.push_back(user.what);
    return found;
  }

  test::TempDir dir_;
};

TEST_F(MadeSystem, ADiskAndItsPartitionMeetAndTwoPartitionsDoNot) {
  EXPECT_TRUE(meet(kSda, kSda1));
  EXPECT_TRUE(meet(kSda, kSda));
  EXPECT_FALSE(meet(kSda1, kSda2));
  EXPECT_FALSE(meet(kSda, kSdb));
}

TEST_F(MadeSystem, AMappedDeviceMeetsAllThatItIsMadeOf) {
  for (const std::uint64_t below : {kMd0, kSda2, kSda, kSdb}) EXPECT_TRUE(meet(kMail, below));
  EXPECT_TRUE(meet(kMailPart, kMail));
  EXPECT_TRUE(meet(kMailPart, kSdb));
  EXPECT_FALSE(meet(kMail, kSda1));
}

TEST_F(MadeSystem, TwoMappedDevicesOfOneArrayAreApart) {
  EXPECT_FALSE(meet(kMail, kWeb));
  EXPECT_FALSE(meet(kMailPart, kWeb));
}

TEST_F(MadeSystem, LoopDevicesOverOneFileMeetWhereTheirWindowsDo) {
  EXPECT_FALSE(meet(kLoop, kWindow));  // from 1 MiB on; up to 1 MiB
  write("sys/devices/loop1/loop/sizelimit", std::to_string((1 << 20) + 512));
  EXPECT_TRUE(meet(kLoop, kWindow));
  const StorageMap system = map();
  const StorageFootprint file = system.of_path(dir_ / "file");
  EXPECT_NE(meeting_place(file, system.of_device(kLoop)).a, nullptr);
  fs::create_hard_link(dir_ / "file", dir_ / "other");
  EXPECT_NE(meeting_place(system.of_path(dir_ / "other"), system.of_device(kLoop)).a, nullptr);
  fs::copy_file(dir_ / "file", dir_ / "copy");
  EXPECT_EQ(meeting_place(system.of_path(dir_ / "copy"), system.of_device(kLoop)).a, nullptr);
}

TEST_F(MadeSystem, WhatADeviceIsMadeOfIsUsedByItAndNotTheOtherWayRound) {
  EXPECT_THAT(users_of(kSdb), ::testing::Contains("/dev/md0 is made of it"));
  EXPECT_THAT(users_of(kSda), ::testing::Contains("/dev/mapper/mail is made of it"));
  EXPECT_THAT(users_of(kMd0), ::testing::Contains("/dev/dm-1 is made of it"));
  EXPECT_THAT(users_of(kMail), ::testing::ElementsAre("/dev/dm-2 is made of it"));
  EXPECT_THAT(users_of(kWeb), ::testing::IsEmpty());
  EXPECT_THAT(users_of(kSda1), ::testing::IsEmpty());
}

TEST_F(MadeSystem, AMountUsesEverythingBelowIt) {
  write("proc/self/mountinfo",
        "30 1 253:0 / /mail\\040store rw,relatime shared:1 - ext4 /dev/mapper/mail rw\n"
        "31 1 8:1 / /boot ro - ext4 /dev/sda1 ro");
  EXPECT_THAT(users_of(kMail), ::testing::Contains("mounted at /mail store"));
  EXPECT_THAT(users_of(kSdb), ::testing::Contains("mounted at /mail store"));
  EXPECT_THAT(users_of(kSda), ::testing::Contains("mounted at /boot"));
  EXPECT_THAT(users_of(kSda1), ::testing::ElementsAre("mounted at /boot"));
  EXPECT_THAT(users_of(kWeb), ::testing::IsEmpty());
}

TEST_F(MadeSystem, SwapSpaceIsUsed) {
  write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n" + dir_ / "file" +
                          "                 file\t\t4\t\t0\t\t-2");
  const StorageMap system = map();
  const auto users = system.users();
  EXPECT_TRUE(std::ranges::any_of(users, [&](const StorageMap::User& user) {
    return user.what == "used as swap space" && uses(user.footprint, system.of_path(dir_ / "file"));
  }));
}

TEST_F(MadeSystem, ARingOfDevicesEnds) {
  fs::create_directory_symlink(dir_ / "sys/devices/dm-2", dir_ / "sys/devices/sdb/slaves/dm-2");
  EXPECT_TRUE(meet(kSdb, kMailPart));
}

}  // namespace
}  // namespace tintype
