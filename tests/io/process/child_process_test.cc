#include "io/process/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/expect_ok.h"
#include "support/temp_dir.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::must;
using ::testing::HasSubstr;

ChildProcess shell(const std::string& script, bool keep_errors = false) {
  auto started = ChildProcess::start({{"sh", "-c", script}, "dash", keep_errors});
  if (!started) throw std::runtime_error(started.error().line());
  return *std::move(started);
}

std::string all_output(ChildProcess& process) {
  std::string all;
  while (const auto piece = process.read_output(10s)) all += *piece;
  return all;
}

// Whether a process is there; a zombie is.
bool runs(int process_id) {
  return ::kill(process_id, 0) == 0;
}

TEST(ChildProcess, GivesOutputErrorsAndTheExitCode) {
  ChildProcess process = shell("echo out; echo notice >&3; echo wrong >&2; exit 7", true);
  EXPECT_EQ(all_output(process), "out\nnotice\n");
  EXPECT_EQ(process.wait(10s), 7);
  EXPECT_EQ(process.wait(0s), 7) << "asking again is no error";
  EXPECT_EQ(process.error_text(), "wrong\n");
}

TEST(ChildProcess, WhatIsNotThereIsNamedWithItsPackage) {
  const auto started = ChildProcess::start({{"no-such-program-at-all"}, "some-package"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().line(),
            "no-such-program-at-all is not installed (apt-get install some-package)");
}

TEST(ChildProcess, PatienceEnds) {
  ChildProcess process = shell("exec sleep 100");
  EXPECT_EQ(process.read_output(10ms), "");
  EXPECT_EQ(process.wait(10ms), std::nullopt);
  EXPECT_EQ(process.end(), 128 + SIGTERM);
}

TEST(ChildProcess, EndsWithItsObject) {
  int process_id = 0;
  {
    ChildProcess process = shell("exec sleep 100");
    process_id = process.process_id();
    EXPECT_TRUE(runs(process_id));
    const ChildProcess moved = std::move(process);
    EXPECT_EQ(moved.process_id(), process_id);
  }
  EXPECT_FALSE(runs(process_id));
}

TEST(ChildProcess, ADeafOneIsKilled) {
  ChildProcess process = shell("trap '' TERM; echo ready; while :; do sleep 0.1; done");
  EXPECT_EQ(process.read_output(10s), "ready\n");
  EXPECT_EQ(process.end(), 128 + SIGKILL);
}

TEST(ChildProcess, SignalsThatWeBlockOrIgnoreAreItsOwnAgain) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  ChildProcess process = shell("exec sleep 100");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(process.end(), 128 + SIGTERM);
}

TEST(ChildProcess, TheEndOfALotOfErrorsIsKept) {
  ChildProcess process = shell("seq 100000 >&2", true);
  all_output(process);
  EXPECT_EQ(process.wait(10s), 0);
  const std::string text = process.error_text();
  EXPECT_LE(text.size(), 64u << 10);
  EXPECT_TRUE(text.ends_with("\n100000\n"));
}

ChildProcess::Program confined(const std::string& script) {
  return {.words = {"sh", "-c", script}, .package = "dash", .confined = true};
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
    if (!runs(process)) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

TEST(ConfinedChild, RunsAndTellsCodeAndWords) {
  const auto outcome = must(ChildProcess::run(confined("echo said; echo cried >&2; exit 7"), 10s));
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_EQ(outcome.output, "said\n");
  EXPECT_EQ(outcome.errors, "cried\n");
  EXPECT_EQ(must(ChildProcess::run(confined("kill -9 $$"), 10s)).exit_code, 128 + SIGKILL);
}

TEST(ConfinedChild, OneThatDoesNotEndIsEnded) {
  test::TempDir dir;
  const auto outcome =
      ChildProcess::run(confined("echo $$ > " + (dir / "pid") + "; sleep 100"), 200ms);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("did not end within 0.2 s"));
  EXPECT_FALSE(runs(number_in(dir / "pid"))) << "still there, or a zombie";
}

TEST(ConfinedChild, WhoNeverStopsWritingNeitherBlocksNorFills) {
  const auto outcome =
      must(ChildProcess::run(confined("head -c 5000000 /dev/zero | tr '\\0' x; exit 0"), 20s));
  EXPECT_LE(outcome.output.size(), ChildProcess::kOutputBytesMax);
}

TEST(ConfinedChild, ItGetsNothingOfOursButStandardStreamsAndTheNotice) {
  const int ours = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  const auto outcome =
      must(ChildProcess::run(confined("ls /proc/self/fd | wc -l; read line || echo "
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
  EXPECT_EQ(descriptors, "5");  // three, the notice, and the folder that ls reads
  EXPECT_EQ(input, "nothing to read");
  EXPECT_EQ(memory, std::to_string(4 << 20));
  EXPECT_EQ(session, process) << "a ^C at the terminal would reach it";
}

TEST(ConfinedChild, ItEndsWithItsObjectEvenIfTheThreadThatMadeItIsGone) {
  test::TempDir dir;
  std::unique_ptr<ChildProcess> helper;
  std::jthread([&] {
    helper = std::make_unique<ChildProcess>(
        must(ChildProcess::start(confined("echo $$ > " + (dir / "pid") + "; exec sleep 100"))));
  }).join();
  const pid_t process = number_in(dir / "pid");
  ASSERT_GT(process, 0);
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(runs(process)) << "it died with the thread";
  helper.reset();
  EXPECT_FALSE(runs(process)) << "still there, or a zombie";
}

TEST(ConfinedChild, ItDiesWhenWeAreKilled) {
  test::TempDir dir;
  const pid_t us = ::fork();
  if (us == 0) {
    const auto helper =
        ChildProcess::start(confined("echo $$ > " + (dir / "pid") + "; exec sleep 100"));
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
