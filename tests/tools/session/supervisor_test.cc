// The program's two processes, as a user and a service manager meet them: stops, hangs, deaths.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "support/child_program.h"
#include "support/faulty_disk.h"
#include "support/nbd_server.h"
#include "support/random_bytes.h"
#include "support/strace.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Told {
  int code = -1;
  double seconds = 0;  // from the signal to the end
  std::string err;
  nlohmann::json summary;  // the last line, if it is one
};

class Supervised : public testing::Test {
 protected:
  Supervised() {
    test::write_file(dir_ / "source", test::random_bytes(32 << 20));
    make_repository(dir_ / "repo");
  }
  static void make_repository(const std::string& path) {
    ASSERT_EQ(test::run_command(fmt::format("'{}' init '{}'", TINTYPE_PROGRAM, path)).exit_code, 0);
  }

  // Not through pipes: what hangs in the kernel keeps them open. `before`: words before the
  // program.
  Told run(const std::string& words, const std::string& signal = "", const std::string& before = "",
           double after_seconds = 1) {
    const std::string out = dir_ / "out", err = dir_ / "err", took = dir_ / "took";
    const std::string send =
        signal.empty()
            ? ""
            : fmt::format("sleep {}; s=$(date +%s%N); kill -{} $p; ", after_seconds, signal);
    const auto outcome = test::run_command(
        fmt::format("exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; cd '{}'; {} '{}' {} --json >out "
                    "2>err & p=$!; s=$(date +%s%N); {}wait $p; c=$?; "
                    "echo $(( $(date +%s%N) - s )) >took; exit $c",
                    dir_.path().string(), before, TINTYPE_PROGRAM, words, send));
    Told told{.code = outcome.exit_code};
    std::ifstream(took) >> told.seconds;
    told.seconds /= 1e9;
    told.err = text_of(err);
    std::istringstream lines(text_of(out));
    std::string last;
    int summaries = 0;
    for (std::string line; std::getline(lines, line); last = line)
      summaries += line.find("\"type\":\"summary\"") != std::string::npos;
    EXPECT_EQ(summaries, 1);
    told.summary = nlohmann::json::parse(last, nullptr, false);
    EXPECT_EQ(told.summary.value("type", ""), "summary") << last;
    EXPECT_EQ(told.summary.value("exit_code", -1), told.code);
    return told;
  }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test::TempDir dir_;
};

constexpr const char* kSlowBackup = "backup source --to repo --limit-read 4MiB/s";

TEST_F(Supervised, EachSignalThatAsksForAnEndIsAStop) {
  for (const auto& [signal, code] : {std::pair{"HUP", 129}, {"INT", 130}, {"TERM", 143}}) {
    SCOPED_TRACE(signal);
    const Told told = run(kSlowBackup, signal);
    EXPECT_EQ(told.code, code);
    EXPECT_THAT(told.err, HasSubstr("interrupted; the unfinished set "));
    EXPECT_LT(told.seconds, 4);
  }
}

TEST_F(Supervised, ASignalToTheWholeGroupCountsOnce) {
  const Told told = run(kSlowBackup, "0 $p; env kill -TERM -- -$p; true", "setsid");
  EXPECT_EQ(told.code, 143);
  EXPECT_THAT(told.err, HasSubstr("interrupted; the unfinished set "));
}

TEST_F(Supervised, AnIgnoredHangUpStaysIgnored) {
  const Told told = run("copy source copy --limit-read 16MiB/s", "HUP", "trap '' HUP; ");
  EXPECT_EQ(told.code, 0) << told.err;
}

TEST_F(Supervised, AHangingDiskHoldsTheUserUpForNoMoreThanFiveSeconds) {
  for (const std::string engine : {"--io-engine auto", "--io-engine threads", "--serial"}) {
    SCOPED_TRACE(engine);
    const auto disk =
        test::FaultyDisk::mount(dir_ / "source", {.bad = {}, .hanging = {{20 << 20, 4096}}});
    if (!disk) GTEST_SKIP() << disk.error();
    fs::remove(dir_ / "copy.partial");
    const Told told = run(fmt::format("copy {} copy {}", disk->path(), engine), "TERM");
    EXPECT_EQ(told.code, 143);
    EXPECT_LT(told.seconds, 5.5);
    EXPECT_THAT(told.err, AllOf(HasSubstr("interrupted by SIGTERM, with no answer from "),
                                HasSubstr(disk->path())));
  }
}

TEST_F(Supervised, ARequestThatIsNotAnsweredInTimeEndsTheJob) {
  const auto disk =
      test::FaultyDisk::mount(dir_ / "source", {.bad = {}, .hanging = {{20 << 20, 4096}}});
  if (!disk) GTEST_SKIP() << disk.error();
  const Told told = run(fmt::format("backup {} --to repo --io-timeout 2s", disk->path()));
  EXPECT_EQ(told.code, 1);
  EXPECT_LT(told.seconds, 8);
  EXPECT_THAT(told.err, AllOf(HasSubstr("no answer from "), HasSubstr(disk->path()),
                              HasSubstr("it is called lost"), HasSubstr("the unfinished set ")));
}

TEST_F(Supervised, AServerThatDoesNotAnswerInTimeIsLostAsADiskIs) {
  const test::NbdServer server(
      {"--filter=delay", "file", dir_ / "source", "rdelay=30", "delay-open=0"});
  const Told told = run(fmt::format("copy '{}' copy --io-timeout 2s", server.uri()));
  EXPECT_EQ(told.code, 1);
  EXPECT_LT(told.seconds, 8);
  EXPECT_THAT(told.err, HasSubstr("no answer for 2 s"));
}

// Even SIGKILL does not end a thread that waits for a frozen file system.
TEST_F(Supervised, AFrozenTargetHoldsTheUserUpForNoMoreThanFiveSeconds) {
  test::make_ext(dir_ / "target.img", 128 << 20, "-t ext4");
  TINTYPE_MOUNT(mount, test::MountedVolume::kernel(dir_ / "target.img", "ext4"));
  struct Thaw {
    std::string folder;
    ~Thaw() { static_cast<void>(test::run_command("fsfreeze -u '" + folder + "'")); }
  };
  const std::string repository = mount / "repo";
  const std::string backup = fmt::format("backup source --to '{}' --limit-read 4MiB/s", repository);
  make_repository(repository);
  {
    const Thaw thaw{mount.path()};
    if (test::run_command("fsfreeze -f '" + mount.path() + "'").exit_code != 0)
      GTEST_SKIP() << "no fsfreeze here";
    const Told told = run(backup, "INT");
    EXPECT_EQ(told.code, 130);
    EXPECT_LT(told.seconds, 5.5);
    EXPECT_THAT(told.err, AllOf(HasSubstr("no answer from /dev/loop"), HasSubstr(" cannot end"),
                                HasSubstr(repository)));
  }
  {
    std::jthread freezer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(1500));
      static_cast<void>(test::run_command("fsfreeze -f '" + mount.path() + "'"));
    });
    const Thaw thaw{mount.path()};
    const Told told = run(backup + " --io-timeout 2s");
    EXPECT_EQ(told.code, 1);
    EXPECT_THAT(told.err, AllOf(HasSubstr("no answer from /dev/loop"), HasSubstr("is called lost"),
                                HasSubstr("the unfinished set "), HasSubstr(" cannot end")));
  }
  // The worker is let go, and with it its lock and its hold on the mount.
  for (int i = 0; i < 100; ++i) {
    if (run(fmt::format("versions '{}' --remove-unfinished --yes", repository)).code == 0 &&
        test::run_command("ls -d '" + repository + "'/sets/*.partial").exit_code != 0)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  FAIL() << "an unfinished set stays locked";
}

TEST_F(Supervised, AWorkerThatIsKilledIsToldOf) {
  const Told told = run(kSlowBackup, "0 $p; kill -KILL $(pgrep -P $p); true");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.err, AllOf(HasSubstr("was ended by SIGKILL"), HasSubstr("dmesg")));
}

TEST_F(Supervised, AWorkerDoesNotOutliveItsParent) {
  const auto outcome = test::run_command(fmt::format(
      "cd '{}'; '{}' {} -q >out 2>&1 & p=$!; sleep 1; w=$(pgrep -P $p) || exit 7; kill -KILL $p; "
      "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2; kill -0 $w 2>/dev/null || exit 0; done; exit 8",
      dir_.path().string(), TINTYPE_PROGRAM, kSlowBackup));
  EXPECT_EQ(outcome.exit_code, 0);
}

// A process group that no shell looks after is not stopped by SIGTSTP.
bool is_stopped_by_tstp() {
  const auto state = test::run_command(
      "sleep 9 & p=$!; kill -TSTP $p; sleep 0.3; cut -d' ' -f3 /proc/$p/stat; kill -KILL $p");
  return state.output.starts_with("T");
}

TEST_F(Supervised, AStoppedJobGoesOnWhenItIsContinuedAndLosesNoDisk) {
  if (!is_stopped_by_tstp()) GTEST_SKIP() << "there is no job control here";
  const Told told =
      run("copy source copy --limit-read 8MiB/s --io-timeout 1s", "TSTP $p; sleep 3; kill -CONT");
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_GT(told.seconds, 5);
}

TEST_F(Supervised, ALimitIsNamedWithItsSizeAndWhatToDo) {
  Told told = run("copy source copy", "", "prlimit --fsize=20480000");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.err, HasSubstr("raise the limit of 20480000 bytes a file: ulimit -f"));
  told = run("copy source copy", "", "prlimit --as=61440000");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.err, AllOf(HasSubstr("of memory: ulimit -v"), Not(HasSubstr("internal error"))));
  for (int files = 4; files < 24; ++files) {
    SCOPED_TRACE(files);
    told = run("backup source --to repo", "", fmt::format("prlimit --nofile={}", files));
    if (told.code == 0) return;
    EXPECT_EQ(told.code, 1);
    EXPECT_THAT(told.err, HasSubstr(fmt::format("raise the limit of {} open files", files)));
  }
  FAIL() << "a backup needs more than 24 open files";
}

TEST_F(Supervised, WithoutThreadsThereIsAReason) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: to become another user";
  fs::permissions(dir_.path(), fs::perms::all);
  int reasons = 0;
  for (int threads = 1; threads < 16; ++threads) {
    SCOPED_TRACE(threads);
    fs::remove(dir_ / "copy");
    const Told told =
        run("copy source copy", "",
            fmt::format("setpriv --reuid=65534 --clear-groups prlimit --nproc={}", threads));
    if (told.code == 0) continue;
    EXPECT_EQ(told.code, 1);
    EXPECT_THAT(told.err, HasSubstr(fmt::format("limit of {} processes and threads", threads)));
    ++reasons;
  }
  EXPECT_GT(reasons, 0);
}

TEST_F(Supervised, ARingThatMayNotBeUsedIsNoReasonToFail) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  for (const char* call : {"io_uring_setup", "io_uring_enter", "io_uring_register"}) {
    SCOPED_TRACE(call);
    fs::remove(dir_ / "copy");
    const auto outcome = test::run_under_strace(
        fmt::format("-e trace={} -e inject={}:error=EPERM", call, call),
        fmt::format("'{}' copy '{}' '{}' -v", TINTYPE_PROGRAM, dir_ / "source", dir_ / "copy"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr("io_uring is not available"));
  }
}

}  // namespace
}  // namespace tintype
