#include "io/helper_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::must;
using ::testing::HasSubstr;

HelperProcess::Request shell(const std::string& script) {
  return {.words = {"sh", "-c", script}, .package = "dash"};
}

// Whether a process is there; a zombie is.
bool lives(pid_t process) {
  return ::kill(process, 0) == 0;
}

pid_t number_in(const std::string& path) {
  for (int i = 0; i < 1000; ++i) {
    pid_t process = 0;
    if (std::ifstream(path) >> process) return process;
    std::this_thread::sleep_for(5ms);
  }
  return 0;
}

bool ends(pid_t process) {
  for (int i = 0; i < 1000; ++i) {
    if (!lives(process)) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(HelperProcess, RunsAndTellsCodeAndWords) {
  const auto outcome = must(HelperProcess::run(shell("echo said; echo cried >&2; exit 7"), 10s));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.output, "said\n");
  EXPECT_EQ(outcome.errors, "cried\n");
  EXPECT_EQ(must(HelperProcess::run(shell("kill -9 $$"), 10s)).exit_code, 128 + SIGKILL);
}

TEST(HelperProcess, AMissingProgramNamesItsPackage) {
  const auto missing =
      HelperProcess::start({.words = {"no-such-program-here"}, .package = "some-package"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().line(),
            "no-such-program-here is not installed (apt-get install some-package)");
}

TEST(HelperProcess, OneThatDoesNotEndIsEnded) {
  test::TempDir dir;
  const auto outcome =
      HelperProcess::run(shell("echo $$ > " + (dir / "pid") + "; sleep 100"), 200ms);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("did not end within 0.2 s"));
  EXPECT_FALSE(lives(number_in(dir / "pid"))) << "still there, or a zombie";
}

TEST(HelperProcess, WhoNeverStopsWritingNeitherBlocksNorFills) {
  const auto outcome =
      must(HelperProcess::run(shell("head -c 5000000 /dev/zero | tr '\\0' x; exit 0"), 20s));
  EXPECT_LE(outcome.output.size(), HelperProcess::kOutputBytesMax);
}

TEST(HelperProcess, ItGetsNothingOfOursButStandardStreams) {
  const int ours = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  const auto outcome = must(HelperProcess::run(shell("ls /proc/self/fd | wc -l; read line || echo "
                                                     "nothing to read; ulimit -v; ps -o sid= -p $$ "
                                                     "| tr -d ' '; echo $$"),
                                               10s));
  ::close(ours);
  std::istringstream lines(outcome.output);
  std::string descriptors, input, memory, session, process;
  std::getline(lines, descriptors);
  std::getline(lines, input);
  std::getline(lines, memory);
  std::getline(lines, session);
  std::getline(lines, process);
  EXPECT_EQ(descriptors, "4");  // three, and the folder that ls reads
  EXPECT_EQ(input, "nothing to read");
  EXPECT_EQ(memory, std::to_string(4 << 20));
  EXPECT_EQ(session, process) << "a ^C at the terminal would reach it";
}

TEST(HelperProcess, ItEndsWithItsObjectEvenIfTheThreadThatMadeItIsGone) {
  test::TempDir dir;
  std::unique_ptr<HelperProcess> helper;
  std::jthread([&] {
    helper = std::make_unique<HelperProcess>(
        must(HelperProcess::start(shell("echo $$ > " + (dir / "pid") + "; exec sleep 100"))));
  }).join();
  const pid_t process = number_in(dir / "pid");
  ASSERT_GT(process, 0);
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(lives(process)) << "it died with the thread";
  helper.reset();
  EXPECT_FALSE(lives(process)) << "still there, or a zombie";
}

TEST(HelperProcess, ItDiesWhenWeAreKilled) {
  test::TempDir dir;
  const pid_t us = ::fork();
  if (us == 0) {
    const auto helper =
        HelperProcess::start(shell("echo $$ > " + (dir / "pid") + "; exec sleep 100"));
    ::pause();
    ::_exit(0);
  }
  const pid_t process = number_in(dir / "pid");
  ASSERT_GT(process, 0);
  ::kill(us, SIGKILL);
  ::waitpid(us, nullptr, 0);
  EXPECT_TRUE(ends(process));
}

}  // namespace
}  // namespace tintype
