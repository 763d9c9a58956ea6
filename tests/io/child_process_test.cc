#include "io/child_process.h"

#include <gmock/gmock.h>

#include <csignal>

namespace tintype {
namespace {

using namespace std::chrono_literals;
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
  EXPECT_THAT(started.error().line(), HasSubstr("no-such-program-at-all is not installed"));
  EXPECT_THAT(started.error().hint, HasSubstr("apt install some-package"));
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

}  // namespace
}  // namespace tintype
