// The built program gets volumes back: to where they came from, into what is there already, and
// after it was killed at every kind of system call that changes something.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/manifest/text_checksum.h"
#include "support/child_program.h"
#include "support/disk_maker.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/strace.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ChildProgram;
using test::json_summary;
using test::ProgramOutcome;
using test::run_program;
using testing::HasSubstr;
using Json = nlohmann::json;

// After a change by hand: with the checksum of what it says now.
void sign_again(const std::string& manifest) {
  std::ostringstream text;
  text << std::ifstream(manifest).rdbuf();
  const std::string before = text.str().substr(0, text.str().rfind(",\"checksum\""));
  std::ofstream(manifest) << with_checksum(before + "}");
}

class GettingBack : public testing::Test {
 protected:
  void back_up(const std::vector<std::string>& volumes) {
    std::vector<std::string> words{"backup"};
    words.insert(words.end(), volumes.begin(), volumes.end());
    words.insert(words.end(), {"--to", repo, "--chunk-size", "64KiB"});
    const ProgramOutcome made = run_program(words);
    ASSERT_EQ(made.code, 0) << made.err;
  }
  void spoil(const std::string& path) const {
    const auto noise = test::random_bytes(5000, 3);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(300'000);
    file.write(reinterpret_cast<const char*>(noise.data()),
               static_cast<std::streamsize>(noise.size()));
  }

  test::TempDir dir;
  const std::string repo = test::repository_at(dir / "repo"), set = repo + "::latest";
  const std::vector<std::byte> one = test::patchwork(3 << 20, 1), two = test::patchwork(5 << 20, 2);
};

TEST_F(GettingBack, AllVolumesOfASetGoWhereTheyCameFrom) {
  test::write_file(dir / "one", one);
  test::write_file(dir / "two", two);
  // Named as from its folder: the set knows the place all the same.
  const auto made = test::run_command("cd '" + dir.path().string() + "' && " + TINTYPE_PROGRAM +
                                      " backup one two --to repo --chunk-size 64KiB");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  spoil(dir / "one");
  EXPECT_EQ(run_program({"restore", set, "--original"}).code, 1) << "without --overwrite";
  const ProgramOutcome unconfirmed = run_program({"restore", set, "--original", "--overwrite"});
  EXPECT_EQ(unconfirmed.code, 2);
  EXPECT_THAT(unconfirmed.err, HasSubstr("not confirmed: " + dir / "one"));

  const std::vector<std::string> command{"restore",          set,    "--original", "--overwrite",
                                         "--only-different", "--yes"};
  auto dry = command;
  dry.insert(dry.end(), {"--dry-run", "--json"});
  const ProgramOutcome planned = run_program(dry);
  ASSERT_EQ(planned.code, 0) << planned.err;
  EXPECT_EQ(json_summary(planned.out)["volumes"][0]["target"], dir / "one");
  EXPECT_LE(json_summary(planned.out)["volumes"][0]["different_bytes"], 2 * 65536);
  EXPECT_EQ(json_summary(planned.out)["volumes"][1]["different_bytes"], 0);
  EXPECT_FALSE(test::read_file(dir / "one") == one);

  const ProgramOutcome done = run_program(command);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("restored, read back equal. exit 0\n"));
  EXPECT_TRUE(test::read_file(dir / "one") == one);
  EXPECT_TRUE(test::read_file(dir / "two") == two);
  EXPECT_THAT(run_program(command).out, HasSubstr("nothing had to be written. exit 0\n"));

  spoil(dir / "two");
  EXPECT_EQ(run_program({"restore", set + "/two", "--original", "--overwrite", "--yes"}).code, 0);
  EXPECT_TRUE(test::read_file(dir / "two") == two);
}

TEST_F(GettingBack, AFailureInTheMiddleOfASetSaysWhatIsDone) {
  test::write_file(dir / "one", one);
  test::write_file(dir / "two", two);
  back_up({dir / "one", dir / "two"});
  spoil(dir / "one");
  for (const auto& entry : fs::recursive_directory_iterator(repo))
    if (entry.path().filename() == "two.tint") spoil(entry.path());
  const ProgramOutcome outcome =
      run_program({"restore", set, "--original", "--overwrite", "--yes"});
  EXPECT_EQ(outcome.code, 4) << outcome.out;
  EXPECT_THAT(outcome.err, HasSubstr(dir / "one was restored before that\n"));
  EXPECT_THAT(outcome.err, HasSubstr("two.tint"));
  EXPECT_TRUE(test::read_file(dir / "one") == one);
  EXPECT_TRUE(test::read_file(dir / "two") == two) << "a file is written aside";
}

TEST_F(GettingBack, WhatIsNotTheOriginalAnyMoreIsRefusedBeforeAnythingIsWritten) {
  test::write_file(dir / "one", one);
  test::write_file(dir / "two", two);
  back_up({dir / "one", dir / "two"});
  spoil(dir / "one");
  const auto spoilt = test::read_file(dir / "one");
  const auto refusal = [&] {
    const ProgramOutcome outcome =
        run_program({"restore", set, "--original", "--overwrite", "--yes"});
    EXPECT_EQ(outcome.code, 1) << outcome.out;
    EXPECT_TRUE(test::read_file(dir / "one") == spoilt);
    return outcome.err;
  };
  fs::resize_file(dir / "two", two.size() + 512);
  EXPECT_THAT(refusal(), HasSubstr("has 5243392 bytes now, the volume had 5242880"));
  fs::remove(dir / "two");
  EXPECT_THAT(refusal(), HasSubstr("is gone"));
  test::write_file(dir / "two", two);
  const int reader = ::open((dir / "two").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_THAT(refusal(), HasSubstr("is in use: another program has it open"));
  ::close(reader);
  EXPECT_EQ(run_program({"restore", set, "--original", "--overwrite", "--yes"}).code, 0);
  EXPECT_TRUE(test::read_file(dir / "one") == one);

  // Another host's backup.
  std::string manifest;
  for (const auto& entry : fs::recursive_directory_iterator(repo))
    if (entry.path().filename() == "set.json") manifest = entry.path();
  ASSERT_EQ(
      test::run_command("sed -i 's/\"host\": \".*\"/\"host\": \"elsewhere\"/' '" + manifest + "'")
          .exit_code,
      0);
  sign_again(manifest);
  spoil(dir / "one");
  EXPECT_THAT(refusal(), HasSubstr("was made on elsewhere"));
  const ProgramOutcome image =
      run_program({"restore", fs::path(manifest).parent_path() / "one.tint", "--original",
                   "--overwrite", "--yes"});
  EXPECT_THAT(image.err, HasSubstr("is an image by itself"));
}

TEST_F(GettingBack, WhatCannotBeWrittenAsItWasReadIsRefused) {
  test::make_disk(dir / "disk", 8 << 20, "label: dos\nstart=2048, size=8192, type=83\n");
  ASSERT_EQ(
      test::run_command("qemu-img create -q -f qcow2 '" + dir / "disk.qcow2" + "' 4M").exit_code,
      0);
  const auto refusal = [&](const std::string& volume) {
    back_up({volume});
    return run_program({"restore", set, "--original", "--overwrite", "--yes"}).err;
  };
  EXPECT_THAT(refusal(dir / "disk#1"), HasSubstr("is a partition of a file"));
  EXPECT_THAT(refusal(dir / "disk.qcow2"), HasSubstr("is a disk image (qcow2)"));
}

TEST_F(GettingBack, ADeviceGetsItsVolumeBackUnlessItIsMounted) {
  test::make_ext(dir / "backing", 16u << 20, "-t ext4");
  const auto loop = test::LoopDevice::attach(dir / "backing");
  if (!loop) GTEST_SKIP() << loop.error();
  back_up({loop->path()});
  fs::create_directory(dir / "mounted");
  if (test::run_command("mount " + loop->path() + " '" + dir / "mounted" + "'").exit_code == 0) {
    const ProgramOutcome mounted =
        run_program({"restore", set, "--original", "--overwrite", "--yes"});
    EXPECT_EQ(mounted.code, 1);
    EXPECT_THAT(mounted.err, HasSubstr("mounted at " + dir / "mounted"));
    ASSERT_EQ(test::run_command("umount '" + dir / "mounted" + "'").exit_code, 0);
  }
  ASSERT_EQ(test::run_command("dd if=/dev/urandom of=" + loop->path() +
                              " bs=1M count=16 oflag=direct status=none")
                .exit_code,
            0);
  const ProgramOutcome back = run_program({"restore", set, "--original", "--overwrite", "--yes"});
  ASSERT_EQ(back.code, 0) << back.err;
  const auto fsck = test::run_command("fsck.ext4 -fn " + loop->path());
  EXPECT_EQ(fsck.exit_code, 0) << fsck.output;
  ASSERT_EQ(run_program({"restore", set, "--to", dir / "truth"}).code, 0);
  EXPECT_EQ(test::run_command("cmp " + loop->path() + " '" + dir / "truth" + "'").exit_code, 0);
}

TEST_F(GettingBack, AnInterruptedRestoreSaysHowToGoOn) {
  const auto piece = test::random_bytes(8 << 20);
  {
    std::ofstream out(dir / "large", std::ios::binary);
    for (int i = 0; i < 40; ++i)
      out.write(reinterpret_cast<const char*>(piece.data()),
                static_cast<std::streamsize>(piece.size()));
  }
  ASSERT_EQ(run_program({"backup", dir / "large", "--to", repo}).code, 0);
  ChildProgram child({TINTYPE_PROGRAM, "restore", set, "--to", dir / "back", "--serial", "--json"});
  ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.out() << child.err();
  child.signal(SIGINT);
  EXPECT_EQ(child.wait(), 130);
  EXPECT_THAT(child.err(), HasSubstr("back.partial is kept: --resume goes on from here"));
  const ProgramOutcome resumed =
      run_program({"restore", set, "--to", dir / "back", "--resume", "--json"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_GT(json_summary(resumed.out)["equal_bytes"], 0);
  EXPECT_LT(json_summary(resumed.out)["written_bytes"], fs::file_size(dir / "large"));
  EXPECT_EQ(test::run_command("cmp '" + dir / "large" + "' '" + dir / "back" + "'").exit_code, 0);
  EXPECT_FALSE(fs::exists(dir / "back.partial"));
}

// A kill strikes before the call is made: so this is also "after each call before it". What a
// restore has to do after it is told by what it finds.
TEST_F(GettingBack, KilledAtAnyCallItGoesOn) {
  if (const auto refusal = test::strace_refusal()) GTEST_SKIP() << *refusal;
  test::write_file(dir / "one", one);
  back_up({dir / "one"});
  const std::string target = dir / "back", partial = target + ".partial";
  int kills = 0, resumed = 0;
  for (const std::string call :
       {"pwrite64", "fallocate", "ftruncate", "fdatasync", "renameat2", "fsync", "flock"}) {
    // Every call of the rare ones, some of the many.
    for (int n = 1; n < 60; n += call == "pwrite64" ? 7 : 1) {
      SCOPED_TRACE(fmt::format("{} number {}", call, n));
      for (const std::string& left : {target, partial}) fs::remove(left);
      const std::string command =
          fmt::format("'{}' restore '{}' --to '{}' --serial --io-engine threads -q",
                      TINTYPE_PROGRAM, set, target);
      const auto killed = test::run_under_strace(
          fmt::format("-e trace={} -e inject={}:signal=SIGKILL:when={}", call, call, n), command);
      if (killed.exit_code == 0) break;
      ++kills;
      if (fs::exists(target)) {
        ASSERT_TRUE(test::read_file(target) == one) << "what has the name is whole";
        continue;
      }
      const ProgramOutcome again = run_program({"restore", set, "--to", target, "--resume", "-q"});
      if (fs::exists(partial) || again.code == 0) {
        ASSERT_EQ(again.code, 0) << again.err;
        ++resumed;
      } else {
        ASSERT_THAT(again.err, HasSubstr("nothing to go on with"));
        ASSERT_EQ(run_program({"restore", set, "--to", target, "-q"}).code, 0);
      }
      ASSERT_TRUE(test::read_file(target) == one);
    }
  }
  EXPECT_GT(kills, 12);
  EXPECT_GT(resumed, 8);
}

}  // namespace
}  // namespace tintype
