#include "io/process/local_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "support/expect_ok.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::ok;
using ::testing::HasSubstr;

std::string echo(std::string_view question) {
  return "you said: " + std::string(question);
}

// A bare client that sends what it likes; returns what came back up to the end.
std::string say(const std::string& path, std::string_view text, bool close_early = false) {
  const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  std::string answer = "not connected";
  if (::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    answer.clear();
    static_cast<void>(::send(handle, text.data(), text.size(), MSG_NOSIGNAL));
    char piece[256];
    ssize_t got = 0;
    while (!close_early && (got = ::recv(handle, piece, sizeof piece, 0)) > 0)
      answer.append(piece, static_cast<std::size_t>(got));
  }
  ::close(handle);
  return answer;
}

class LocalServerTest : public testing::Test {
 protected:
  Result<LocalServer> listen(const std::string& name = "42") {
    return LocalServer::listen(folder_, name, echo);
  }
  test::TempDir dir_;
  std::string folder_ = dir_ / "jobs";
  std::string path_ = folder_ + "/42";
};

TEST_F(LocalServerTest, AnswersAndGoesAway) {
  {
    const auto server = listen();
    ASSERT_TRUE(ok(server));
    struct stat status {};
    ASSERT_EQ(::stat(folder_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
    for (int i = 0; i < 20; ++i) {
      const auto answer = ask_local_server(path_, "hello", 10s);
      ASSERT_TRUE(ok(answer));
      EXPECT_EQ(*answer, "you said: hello");
    }
  }
  EXPECT_FALSE(fs::exists(path_));
  const auto gone = ask_local_server(path_, "hello", 10s);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, std::errc::no_such_file_or_directory);
}

TEST_F(LocalServerTest, TakesOverFromOneThatWasKilled) {
  ASSERT_TRUE(ok(listen()));
  const int left_behind = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  ASSERT_EQ(::bind(left_behind, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left_behind);
  const auto dead = ask_local_server(path_, "hello", 10s);
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().code, std::errc::connection_refused);
  const auto server = listen();
  ASSERT_TRUE(ok(server));
  EXPECT_TRUE(ok(ask_local_server(path_, "hello", 10s)));
}

TEST_F(LocalServerTest, AFolderThatOthersMayEnterIsRefused) {
  fs::create_directory(folder_);
  fs::permissions(folder_, fs::perms::owner_all | fs::perms::others_exec);
  const auto open = listen();
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().line(), HasSubstr("no folder that only you may enter"));
  fs::remove(folder_);
  fs::create_directory(dir_ / "elsewhere");
  fs::permissions(dir_ / "elsewhere", fs::perms::owner_all);
  fs::create_symlink(dir_ / "elsewhere", folder_);
  EXPECT_FALSE(listen()) << "a link may have been made by anybody";
  fs::remove(folder_);
  test::write_file(folder_, {});
  EXPECT_FALSE(listen());
}

TEST_F(LocalServerTest, AnotherUserIsNotHeard) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto server = listen();
  ASSERT_TRUE(ok(server));
  // Whatever became of the folder's permissions: the kernel says who asks.
  for (const std::string& path : {dir_.path().string(), folder_}) ::chmod(path.c_str(), 0777);
  ::chmod(path_.c_str(), 0777);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(3);
    ::_exit(say(path_, "hello\n").empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(say(path_, "hello\n"), "you said: hello");
}

TEST_F(LocalServerTest, WhoDawdlesBabblesOrHangsUpHarmsNobody) {
  const auto server = listen();
  ASSERT_TRUE(ok(server));
  EXPECT_EQ(say(path_, std::string(100'000, 'x') + "\n"), "") << "too long";
  EXPECT_EQ(say(path_, "no end"), "") << "given up after a second";
  for (int i = 0; i < 5; ++i) say(path_, "hello\n", true);
  const auto noise = test::random_bytes(2000);
  say(path_, std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size()), true);
  say(path_, "", true);
  const auto answer = ask_local_server(path_, "still there?", 10s);
  ASSERT_TRUE(ok(answer));
  EXPECT_EQ(*answer, "you said: still there?");
}

TEST_F(LocalServerTest, WhoNeverAnswersIsNotWaitedForForEver) {
  fs::create_directory(folder_);
  const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  ASSERT_EQ(::bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent, 0), 0);
  for (int i = 0; i < 4; ++i) {  // the backlog is full before the last
    const auto answer = ask_local_server(path_, "hello", 100ms);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().line().find('\n'), std::string::npos);
  }
  ::close(silent);
}

TEST_F(LocalServerTest, APathTooLongForASocketIsAnError) {
  const std::string deep = dir_ / std::string(120, 'd');
  const auto server = LocalServer::listen(deep, "1", echo);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().line(), HasSubstr("too long"));
}

}  // namespace
}  // namespace tintype
