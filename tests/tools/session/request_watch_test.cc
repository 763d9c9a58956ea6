#include "tools/session/request_watch.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tools/session/device_of_path.h"

namespace tintype {
namespace {

InFlightBoard::Seen request(unsigned slot, std::uint64_t number, const char* path,
                            Patience patience = Patience::soon) {
  return {{number, slot, "read", path, 512, patience}, {}};
}

TEST(RequestWatch, ARequestThatStaysIsLostWhenItsTimeIsOver) {
  RequestWatch watch;
  for (int i = 0; i <= 59; ++i) watch.look({request(3, 7, "/dev/sdz")}, 1);
  EXPECT_FALSE(watch.lost(60));
  watch.look({request(3, 7, "/dev/sdz")}, 1);
  ASSERT_TRUE(watch.lost(60));
  EXPECT_EQ(watch.lost(60)->path, "/dev/sdz");
  EXPECT_EQ(watch.lost(60)->seconds, 60);
}

TEST(RequestWatch, OneAfterTheOtherIsNotOneThatStays) {
  RequestWatch watch;
  for (unsigned i = 0; i < 500; ++i) watch.look({request(0, i + 1, "/dev/sdz")}, 1);
  EXPECT_FALSE(watch.lost(60));
}

TEST(RequestWatch, WhatStillAnswersOthersIsSlowNotLost) {
  RequestWatch watch;
  for (unsigned i = 0; i < 500; ++i)
    watch.look({request(0, 1, "/dev/slow"), request(1, i + 10, "/dev/slow")}, 1);
  EXPECT_FALSE(watch.lost(60));
  EXPECT_EQ(watch.longest()->seconds, 499);
  // From here on nothing else comes or goes.
  for (unsigned i = 0; i < 70; ++i) watch.look({request(0, 1, "/dev/slow")}, 1);
  EXPECT_TRUE(watch.lost(60));
}

TEST(RequestWatch, WhatMayTakeLongIsNamedButNeverLost) {
  RequestWatch watch;
  for (unsigned i = 0; i < 500; ++i) watch.look({request(0, 1, "/f", Patience::whenever)}, 1);
  EXPECT_FALSE(watch.lost(60));
  EXPECT_EQ(watch.longest()->path, "/f");
}

constexpr const char* kMounts =
    "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
    "30 22 7:0 / /mnt/back\\040up rw - ext4 /dev/loop0 rw\n"
    "31 22 0:50 / /mnt/nas rw shared:3 master:1 - nfs server:/export rw\n"
    "32 31 0:51 /x /mnt/nas rw - fuse.sshfs host:/x rw\n";

TEST(DeviceOfPath, IsTheSourceOfTheMountItLiesBelow) {
  const auto source = [](std::string_view path) {
    std::istringstream table(kMounts);
    return mount_source_of(path, table);
  };
  EXPECT_EQ(source("/srv/x"), "/dev/vda1");
  EXPECT_EQ(source("/mnt/back up/repo"), "/dev/loop0");
  EXPECT_EQ(source("/mnt/back upward"), "/dev/vda1");
  EXPECT_EQ(source("/mnt/nas/repo"), "host:/x");
  EXPECT_EQ(source("/dev/sdb"), "/dev/sdb");
}

}  // namespace
}  // namespace tintype
