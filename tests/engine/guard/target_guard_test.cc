// Targets that must not be written to, on the real system: nothing here is made up but the files.
#include "engine/guard/target_guard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/handle.h"
#include "support/child_program.h"
#include "support/expect_ok.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/nbd_server.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using ::testing::HasSubstr;

void expect_refused(const Result<void>& result, const std::string& why) {
  ASSERT_FALSE(result) << "wanted: " << why;
  EXPECT_THAT(result.error().line(), HasSubstr(why));
}

class Targets : public ::testing::Test {
 protected:
  Targets() { test::make_ext(dir_ / "volume", 16u << 20, "-t ext4"); }

  test::TempDir dir_;
};

TEST_F(Targets, AFileIsItselfUnderEveryName) {
  fs::create_hard_link(dir_ / "volume", dir_ / "hard");
  fs::create_symlink("volume", dir_ / "soft");
  for (const char* name : {"volume", "hard", "soft"})
    expect_refused(check_target_apart(dir_ / "volume", dir_ / name), "are the same");
  fs::create_directory(dir_ / "bound");
  const std::string bound = dir_ / "bound";
  if (test::run_command("mount --bind '" + dir_.path().string() + "' '" + bound + "'").exit_code ==
      0) {
    expect_refused(check_target_apart(dir_ / "volume", bound + "/volume"), "are the same");
    EXPECT_EQ(test::run_command("umount '" + bound + "'").exit_code, 0);
  }
  fs::copy_file(dir_ / "volume", dir_ / "copy");
  EXPECT_TRUE(ok(check_target_apart(dir_ / "volume", dir_ / "copy")));
  EXPECT_TRUE(ok(check_target_apart(dir_ / "volume", dir_ / "new")));
}

TEST_F(Targets, ALoopDeviceAndWhatIsBehindItAreOne) {
  const auto loop = test::LoopDevice::attach(dir_ / "volume");
  if (!loop) GTEST_SKIP() << loop.error();
  expect_refused(check_target_apart(loop->path(), dir_ / "volume"), "share bytes");
  expect_refused(check_target_apart(dir_ / "volume", loop->path()), "share bytes");
  // However often, and over one another.
  const auto twin = test::LoopDevice::attach(dir_ / "volume");
  const auto over = test::LoopDevice::attach(loop->path());
  if (!twin || !over) GTEST_SKIP() << "too few loop devices";
  expect_refused(check_target_apart(loop->path(), twin->path()), "share bytes");
  expect_refused(check_target_apart(over->path(), dir_ / "volume"), "share bytes");
  expect_refused(check_target_apart(twin->path(), over->path()), "share bytes");
  // The name that it was attached under is gone: the inode is the same.
  fs::create_hard_link(dir_ / "volume", dir_ / "hard");
  fs::rename(dir_ / "volume", dir_ / "renamed");
  test::write_file(dir_ / "volume", {});
  expect_refused(check_target_apart(loop->path(), dir_ / "renamed"), "share bytes");
  EXPECT_TRUE(ok(check_target_apart(loop->path(), dir_ / "volume")));
  fs::remove(dir_ / "renamed");
  expect_refused(check_target_apart(loop->path(), dir_ / "hard"), "share bytes");
}

TEST_F(Targets, AFileBehindALoopDeviceIsInUse) {
  EXPECT_TRUE(ok(check_target_usable(dir_ / "volume")));
  const auto loop = test::LoopDevice::attach(dir_ / "volume");
  if (!loop) GTEST_SKIP() << loop.error();
  expect_refused(check_target_usable(dir_ / "volume"),
                 "is in use: the loop device " + loop->path() + " is made of it");
  EXPECT_TRUE(ok(check_target_usable(loop->path())));
  const auto over = test::LoopDevice::attach(loop->path());
  if (!over) GTEST_SKIP() << over.error();
  expect_refused(check_target_usable(loop->path()), over->path() + " is made of it");
  EXPECT_TRUE(ok(check_target_usable(over->path())));
}

TEST_F(Targets, WhatLiesOnTheSourceAndWhatTheSourceLiesOnAreRefused) {
  const auto loop = test::LoopDevice::attach(dir_ / "volume");
  if (!loop) GTEST_SKIP() << loop.error();
  const std::string mnt = dir_ / "mnt";
  fs::create_directory(mnt);
  if (test::run_command("mount " + loop->path() + " '" + mnt + "'").exit_code != 0)
    GTEST_SKIP() << "mounting is not possible here";
  std::ofstream(mnt + "/inner") << "bytes";
  for (const std::string& source : {loop->path(), dir_ / "volume"}) {
    expect_refused(check_target_apart(source, mnt + "/new"), "lies on the source");
    expect_refused(check_target_apart(source, mnt + "/folder/new"), "lies on the source");
    expect_refused(check_target_apart(mnt + "/inner", source),
                   "the source " + mnt + "/inner lies on");
  }
  EXPECT_TRUE(ok(check_target_apart(mnt + "/inner", mnt + "/other")));
  expect_refused(check_target_usable(loop->path()), "is in use: mounted at " + mnt);
  expect_refused(check_target_usable(dir_ / "volume"), "is in use: mounted at " + mnt);
  EXPECT_TRUE(ok(check_target_usable(mnt + "/inner")));
  EXPECT_EQ(test::run_command("umount '" + mnt + "'").exit_code, 0);
}

TEST_F(Targets, AWriterIsNamedAndAReaderDoesNoHarm) {
  const std::string file = dir_ / "volume";
  {
    test::ChildProgram writer({"/bin/sh", "-c", "exec sleep 60 3<>'" + file + "'"});
    Result<void> refused;
    for (int i = 0; refused && i < 2000; ++i, ::usleep(2000)) refused = check_target_usable(file);
    expect_refused(refused, "has it open for writing");
    for (int i = 0; i < 2000 && refused.error().line().find("sleep (process") == std::string::npos;
         ++i, ::usleep(2000))
      refused = check_target_usable(file);
    expect_refused(refused, "sleep (process");
  }
  const int reader = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_TRUE(ok(check_target_usable(file)));
  ::close(reader);
}

TEST_F(Targets, AReadOnlyDeviceIsCalledThat) {
  const auto loop = test::LoopDevice::attach(dir_ / "volume");
  if (!loop) GTEST_SKIP() << loop.error();
  ASSERT_EQ(test::run_command("blockdev --setro " + loop->path()).exit_code, 0);
  expect_refused(check_target_usable(loop->path()), "is read-only");
  ASSERT_EQ(test::run_command("blockdev --setrw " + loop->path()).exit_code, 0);
  EXPECT_TRUE(ok(check_target_usable(loop->path())));
}

TEST_F(Targets, APartOfARepositoryIsNone) {
  const std::string repository = test::repository_at(dir_ / "repo");
  fs::create_directories(repository + "/sets/20261122T181500Z-host-full");
  fs::create_directory_symlink("repo/sets/20261122T181500Z-host-full", dir_ / "link");
  for (const std::string& name :
       {repository + "/sets/20261122T181500Z-host-full/D.tint", repository + "/sets/new",
        repository + "/sets", repository + "/verdicts/x", repository + "/tintype.json",
        dir_ / "link/D.tint", dir_ / "repo/../repo/sets/x"})
    expect_refused(check_target_usable(name), "where only backups are kept");
  EXPECT_TRUE(ok(check_target_usable(repository + "/restored.img")));
  fs::create_directory(dir_ / "sets");
  EXPECT_TRUE(ok(check_target_usable(dir_ / "sets/x"))) << "of no repository";
}

TEST_F(Targets, BelowDevOnlyDevicesAreTargets) {
  fs::create_directory_symlink("/dev", dir_ / "devices");
  fs::create_symlink("/dev/tintype-not-there", dir_ / "link");
  for (const std::string& name :
       {std::string("/dev/tintype-not-there"), std::string("/dev/../dev/tintype-not-there"),
        std::string("/dev/mapper/tintype-not-there"), std::string("/dev/disk/by-id/not-there"),
        dir_ / "devices/tintype-not-there", dir_ / "link"})
    expect_refused(check_target_usable(name), "below /dev only devices");
  expect_refused(check_target_usable("/dev"), "below /dev only devices");
  EXPECT_TRUE(ok(check_target_usable("/dev/null")));
  if (fs::is_directory("/dev/shm")) {
    EXPECT_TRUE(ok(check_target_usable("/dev/shm/tintype-not-there")));
  }
  EXPECT_TRUE(ok(check_target_usable(dir_ / "new")));
}

bool is_listened_to(const std::string& socket_path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const Handle client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

TEST_F(Targets, WhatAnNbdServerOfThisMachineServesIsTheSource) {
  const VolumeSpec elsewhere{
      .text = "nbd://192.0.2.1/", .base = "nbd://192.0.2.1/", .is_uri = true};
  EXPECT_THAT(must(check_target_apart_from_server(elsewhere, dir_ / "volume")),
              HasSubstr("cannot be told"));
  EXPECT_EQ(must(check_target_apart_from_server(elsewhere, dir_ / "new")), "");
  if (!fs::exists("/usr/bin/qemu-nbd")) GTEST_SKIP() << "no qemu-nbd";
  const std::string socket = dir_ / "a socket";
  test::ChildProgram server({"/usr/bin/qemu-nbd", "--read-only", "--persistent", "--format=raw",
                             "--socket=" + socket, dir_ / "volume"});
  // The name is there before the server listens.
  for (int i = 0; i < 2000 && !is_listened_to(socket); ++i) ::usleep(5000);
  const std::string uri = "nbd+unix:///?socket=" + dir_.path().string() + "/a%20socket";
  const VolumeSpec served{.text = uri, .base = uri, .is_uri = true};
  const auto told = check_target_apart_from_server(served, dir_ / "volume");
  ASSERT_FALSE(told);
  // Whatever else the server was given open, as here its output.
  EXPECT_THAT(told.error().line(),
              HasSubstr("the server of " + uri + " has " + (dir_ / "volume") + " open"));
  EXPECT_EQ(must(check_target_apart_from_server(served, dir_ / "new")), "");
  fs::copy_file(dir_ / "volume", dir_ / "copy");
  EXPECT_EQ(must(check_target_apart_from_server(served, dir_ / "copy")), "");
}

}  // namespace
}  // namespace tintype
