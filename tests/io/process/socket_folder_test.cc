#include "io/process/socket_folder.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>
#include <vector>

#include "io/handle.h"
#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;

Handle listener_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Handle socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  return socket;
}

void make_old(const std::string& path) {
  const timespec times[2]{{.tv_sec = 1'000'000'000, .tv_nsec = 0},
                          {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(SocketFolder, IsItsOwnersAlone) {
  const TempDir dir;
  const std::string folder = must(make_socket_folder(dir.path().string()));
  struct stat status {};
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
}

TEST(SocketFolder, WhatKilledProcessesLeftIsRemovedAndNothingElse) {
  const TempDir dir;
  const std::string parent = dir.path().string();
  std::vector<std::string> folders;
  for (int i = 0; i < 5; ++i) folders.push_back(must(make_socket_folder(parent)));
  const auto& [dead, empty, living, young, foreign] =
      std::tie(folders[0], folders[1], folders[2], folders[3], folders[4]);
  static_cast<void>(listener_at(dead + "/s"));  // closed at once: nobody listens
  const Handle listening = listener_at(living + "/s");
  std::ofstream(foreign + "/notes") << "x";
  for (const std::string& folder : {dead, empty, living, foreign}) make_old(folder);
  fs::create_directory(dir / "something-else");
  make_old(dir / "something-else");
  EXPECT_TRUE(test::ok(make_socket_folder(parent)));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_FALSE(fs::exists(empty));
  EXPECT_TRUE(fs::exists(living + "/s"));
  EXPECT_TRUE(fs::exists(young)) << "its process is about to listen";
  EXPECT_TRUE(fs::exists(foreign + "/notes"));
  EXPECT_TRUE(fs::exists(dir / "something-else"));
}

}  // namespace
}  // namespace tintype
