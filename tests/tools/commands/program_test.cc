// The built program, as users and scripts meet it: real volumes, real signals, real full disks.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/child_program.h"
#include "support/ese_generator.h"
#include "support/loop_device.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/tiny_tmpfs.h"
#include "support/volume_maker.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::ChildProgram;
using test::json_summary;
using test::ProgramOutcome;
using test::run_program;
using test::TempDir;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class Program : public testing::Test {
 protected:
  // An NTFS volume with two databases, one of them damaged.
  std::string mail_volume() {
    const std::string image = dir_ / "mail.img";
    test::make_ntfs(image, {.bytes = 64u << 20, .label = "Mail"});
    test::EseDatabaseSpec spec{.file_bytes = 4 << 20};
    std::vector<std::byte> file = test::EseDatabaseGenerator(spec).whole();
    test::write_file(dir_ / "good", file);
    test::damage_ese(file, spec.page_bytes, "badchecksum:5");
    test::damage_ese(file, spec.page_bytes, "badchecksum:77");
    test::write_file(dir_ / "bad", file);
    test::put_into_ntfs(image, dir_ / "good", "/DB1.edb");
    test::put_into_ntfs(image, dir_ / "bad", "/DB2.edb");
    return image;
  }
  // Large and incompressible enough that a serial pass over it can be caught in the middle.
  std::string large_volume() {
    const std::string path = dir_ / "large.img";
    const auto piece = test::random_bytes(8 << 20);
    std::ofstream out(path, std::ios::binary);
    for (int i = 0; i < 48; ++i)
      out.write(reinterpret_cast<const char*>(piece.data()),
                static_cast<std::streamsize>(piece.size()));
    return path;
  }
  // Stopped at its first sign of progress: what is sent meanwhile arrives in the middle of the
  // pass.
  static void stop_in_the_middle(ChildProgram& child) {
    ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.out() << child.err();
    child.signal(SIGSTOP);
  }

  TempDir dir_;
};

TEST_F(Program, BacksUpVerifiesAndRestoresAMailVolume) {
  const std::string volume = mail_volume(), repo = test::repository_at(dir_ / "repo"),
                    out = dir_ / "out.img";
  const ProgramOutcome backup =
      run_program({"backup", "mail=" + volume, "--to", repo, "--full", "--all-blocks"});
  EXPECT_EQ(backup.code, 3) << backup.err;
  EXPECT_THAT(backup.out, HasSubstr("/DB1.edb  128 pages of 32 KiB: sound"));
  EXPECT_THAT(backup.out, HasSubstr("/DB2.edb  128 pages of 32 KiB: 2 BAD"));
  EXPECT_THAT(backup.out, HasSubstr("             5          196608"));
  EXPECT_THAT(backup.out, HasSubstr("logs must stay. exit 3\n"));
  EXPECT_EQ(backup.err, "") << "a short run without a terminal is silent on standard error";

  const ProgramOutcome verify = run_program({"verify", repo + "::latest", "--pages", "--json"});
  EXPECT_EQ(verify.code, 3) << verify.err;
  EXPECT_EQ(json_summary(verify.out)["images"][0]["databases"][1]["pages"]["bad_checksum"], 2);
  EXPECT_EQ(run_program({"verify", repo}).code, 0);
  EXPECT_EQ(run_program({"restore", repo + "::latest", "--to", out}).code, 0);
  EXPECT_EQ(test::read_file(out), test::read_file(volume));
  const ProgramOutcome versions = run_program({"versions", repo});
  EXPECT_EQ(versions.code, 0);
  // Two bad pages, and a log stream that is not recoverable for them.
  EXPECT_THAT(versions.out, HasSubstr("2 FINDINGS"));
  EXPECT_EQ(run_program({"copy", volume, dir_ / "copy.img", "--all-blocks"}).code, 3);
  EXPECT_EQ(test::read_file(dir_ / "copy.img"), test::read_file(volume));
}

TEST_F(Program, ASoundVolumeIsExitZero) {
  const std::string volume = dir_ / "sound.img";
  test::make_ntfs(volume, {.bytes = 32u << 20});
  test::write_file(dir_ / "db", test::EseDatabaseGenerator({.file_bytes = 1 << 20}).whole());
  test::put_into_ntfs(volume, dir_ / "db", "/ntds.dit");
  test::put_into_ntfs(volume, dir_ / "db", "/other.sdb");
  const ProgramOutcome plain =
      run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo")});
  EXPECT_EQ(plain.code, 0) << plain.out << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("read back equal, databases sound. exit 0\n"));
  const ProgramOutcome named =
      run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo"), "--database",
                   "*.SDB", "--json"});
  EXPECT_EQ(named.code, 0) << named.err;
  EXPECT_EQ(json_summary(named.out)["volumes"][0]["databases"].size(), 2u);
  EXPECT_EQ(run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo"), "--database",
                         "*.nothing"})
                .code,
            3);
  EXPECT_EQ(run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo"), "-q"}).out,
            "");
}

TEST_F(Program, OnlyInitMakesARepository) {
  const std::string volume = dir_ / "volume.img", repo = dir_ / "usb/repo";
  test::write_file(volume, test::random_bytes(1 << 20));
  fs::create_directory(dir_ / "usb");
  for (const std::string& place : {repo, dir_ / "usb"})
    for (const char* dry : {"-q", "--dry-run"}) {
      const ProgramOutcome none = run_program({"backup", volume, "--to", place, dry});
      EXPECT_EQ(none.code, 1);
      EXPECT_THAT(none.err, HasSubstr("tintype init " + place + " makes "));
      EXPECT_TRUE(fs::is_empty(dir_ / "usb"));
    }
  const ProgramOutcome made = run_program({"init", repo});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("made the repository " + fs::canonical(repo).string() + "\n"));
  EXPECT_THAT(made.out, HasSubstr(" free\n"));
  EXPECT_THAT(made.out, HasSubstr("its owner only\n"));
  EXPECT_EQ(run_program({"backup", volume, "--to", repo, "-q"}).code, 0);
  const ProgramOutcome again = run_program({"init", repo, "--json"});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("is a repository already"));
  const auto summary = json_summary(run_program({"init", dir_ / "usb/second", "--json"}).out);
  EXPECT_EQ(summary["id"].get<std::string>().size(), 32u);
  EXPECT_EQ(summary["open_to_others"], false);
  EXPECT_GT(summary["free_bytes"].get<std::uint64_t>(), 0u);
  EXPECT_EQ(run_program({"init", dir_ / "no/where"}).code, 1);
  EXPECT_EQ(run_program({"init", volume}).code, 1);
}

TEST_F(Program, WhoHasReadEnoughIsNoError) {
  const auto told = test::run_command("bash -c \"{ sleep 0.2; '" TINTYPE_PROGRAM
                                      "' --help; echo code \\$? >&2; } | true\" 2>&1");
  EXPECT_EQ(told.output, "code 0\n");
  const auto full = test::run_command("'" TINTYPE_PROGRAM "' --help >/dev/full 2>&1");
  EXPECT_EQ(full.exit_code, 1);
}

TEST_F(Program, WhatItWritesIsItsOwnersAlone) {
  const std::string volume = dir_ / "volume.img";
  test::write_file(volume, test::random_bytes(1 << 20));
  const mode_t before = ::umask(0022);
  for (const bool open : {false, true}) {
    const std::string folder = dir_ / (open ? "open" : "own");
    fs::create_directory(folder);
    const auto run = [&](std::vector<std::string> words) {
      if (open) words.push_back("--open-permissions");
      const ProgramOutcome outcome = run_program(words);
      EXPECT_EQ(outcome.code, 0) << outcome.err;
    };
    run({"init", folder + "/repo"});
    run({"backup", volume, "--to", folder + "/repo", "-q", "--report", folder + "/page.html"});
    run({"bench", "copy", volume, "--to", dir_.path(), "--only", "copy --no-read-back", "--runs",
         "1", "--output", folder + "/bench.json"});
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const unsigned mode = static_cast<unsigned>(entry.status().permissions());
      files += entry.is_regular_file() ? 1 : 0;
      EXPECT_EQ(mode, entry.is_directory() ? (open ? 0755u : 0700u) : (open ? 0644u : 0600u))
          << entry.path();
    }
    EXPECT_EQ(files, 6)
        << "tintype.json, set.json, an image, a verdict, a page, the results of a bench";
  }
  ::umask(before);
}

TEST_F(Program, InterruptedBackupsLeaveARemovablePartial) {
  const std::string volume = large_volume(), repo = test::repository_at(dir_ / "repo");
  for (const int number : {SIGINT, SIGTERM}) {
    ChildProgram child({TINTYPE_PROGRAM, "backup", volume, "--to", repo, "--serial", "--json"});
    stop_in_the_middle(child);
    child.signal(number);
    child.signal(SIGCONT);
    EXPECT_EQ(child.wait(), 128 + number);
    EXPECT_THAT(child.err(), HasSubstr("interrupted; the unfinished set "));
    EXPECT_THAT(child.err(), HasSubstr("tintype versions " + repo + " --remove-unfinished"));
    EXPECT_THAT(child.out(),
                HasSubstr("\"type\":\"summary\",\"command\":\"backup\",\"exit_code\":" +
                          std::to_string(128 + number)));
    EXPECT_THAT(run_program({"versions", repo}).out, HasSubstr("unfinished"));
    EXPECT_EQ(run_program({"versions", repo, "--remove-unfinished", "--yes"}).code, 0);
    EXPECT_EQ(run_program({"versions", repo}).out, "no backup sets\n");
  }
}

TEST_F(Program, InterruptedCopiesAndExportsLeaveNothing) {
  const std::string volume = large_volume(), repo = test::repository_at(dir_ / "repo"),
                    out = dir_ / "out.img";
  ASSERT_EQ(run_program({"backup", volume, "--to", repo}).code, 0);
  for (const auto& words : {std::vector<std::string>{"copy", volume, out},
                            {"export", repo + "::latest", "--to", out, "--format", "raw"}}) {
    std::vector<std::string> all{TINTYPE_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--serial", "--json"});
    ChildProgram child(all);
    stop_in_the_middle(child);
    child.signal(SIGINT);
    child.signal(SIGCONT);
    EXPECT_EQ(child.wait(), 130) << words[0];
    EXPECT_THAT(child.err(), HasSubstr("nothing is left behind"));
    EXPECT_FALSE(fs::exists(out));
    EXPECT_FALSE(fs::exists(out + ".partial"));
  }
}

TEST_F(Program, AKilledBackupIsUnfinishedAndRunningOnesAreNotRemoved) {
  const std::string volume = large_volume(), repo = test::repository_at(dir_ / "repo");
  ChildProgram child({TINTYPE_PROGRAM, "backup", volume, "--to", repo, "--serial", "--json"});
  stop_in_the_middle(child);
  EXPECT_THAT(run_program({"versions", repo}).out, HasSubstr("running"));
  EXPECT_THAT(run_program({"versions", repo, "--remove-unfinished", "--yes"}).out,
              HasSubstr("nothing unfinished"));
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait(), 128 + SIGKILL);
  EXPECT_THAT(run_program({"versions", repo}).out, HasSubstr("unfinished"));
  EXPECT_EQ(run_program({"restore", repo + "::latest", "--to", dir_ / "x"}).code, 1);
  EXPECT_THAT(run_program({"versions", repo, "--remove-unfinished", "--yes"}).out,
              HasSubstr("removed "));
}

TEST_F(Program, Usr1TellsProgressEvenWhenQuiet) {
  ChildProgram child({TINTYPE_PROGRAM, "backup", large_volume(), "--to",
                      test::repository_at(dir_ / "repo"), "--serial", "--json", "-q"});
  stop_in_the_middle(child);
  child.signal(SIGUSR1);
  child.signal(SIGCONT);
  EXPECT_EQ(child.wait(), 0) << child.err();
  EXPECT_THAT(child.err(), testing::ContainsRegex("large.img: copy [0-9]+ %, "));
}

TEST_F(Program, AFullTargetIsOneLineAndExit1) {
  const std::string volume = large_volume();
  auto disk = test::TinyTmpfs::mount(dir_ / "disk", 16 << 20);
  if (!disk) GTEST_SKIP() << disk.error();
  const ProgramOutcome backup =
      run_program({"backup", volume, "--to", test::repository_at(dir_ / "disk/repo"), "-q"});
  EXPECT_EQ(backup.code, 1);
  EXPECT_THAT(backup.err, HasSubstr("No space left on device"));
  EXPECT_EQ(run_program({"versions", dir_ / "disk/repo", "--remove-unfinished", "--yes"}).code, 0);
  const ProgramOutcome copy = run_program({"copy", volume, dir_ / "disk/copy.img", "-q"});
  EXPECT_EQ(copy.code, 1);
  EXPECT_THAT(copy.err, HasSubstr("No space left on device"));
  EXPECT_FALSE(fs::exists(dir_ / "disk/copy.img"));
}

TEST_F(Program, SourcesInUseAndTargetsOnTheSourceAreRefused) {
  const std::string volume = dir_ / "volume.img";
  test::make_ext(volume, 32u << 20, "-t ext4");
  {
    TINTYPE_MOUNT(mount, test::MountedVolume::kernel(volume, "ext4"));
    const ProgramOutcome in_use =
        run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo")});
    EXPECT_EQ(in_use.code, 1);
    EXPECT_THAT(in_use.err, HasSubstr("in use"));
    for (const auto& words :
         {std::vector<std::string>{"backup", volume, "--to", test::repository_at(mount / "repo")},
          {"copy", volume, mount / "copy.img"}}) {
      std::vector<std::string> allowed = words;
      allowed.push_back("--allow-source-in-use");
      const ProgramOutcome on_source = run_program(allowed);
      EXPECT_EQ(on_source.code, 1) << on_source.out;
      EXPECT_THAT(on_source.err, HasSubstr("lies on the source"));
    }
  }
  const int writer = ::open(volume.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(writer, 0);
  const ProgramOutcome open_for_writing = run_program({"copy", volume, dir_ / "copy.img"});
  EXPECT_EQ(open_for_writing.code, 1);
  EXPECT_THAT(open_for_writing.err, HasSubstr("in use"));
  ::close(writer);
  EXPECT_EQ(run_program({"copy", volume, dir_ / "copy.img"}).code, 0);
}

TEST_F(Program, DevicesNeedOverwriteAndYes) {
  const std::string volume = dir_ / "volume.img", disk = dir_ / "disk.img";
  test::write_file(volume, test::random_bytes(4 << 20));
  std::ofstream(disk).put('\0');
  fs::resize_file(disk, 8 << 20);
  auto device = test::LoopDevice::attach(disk);
  if (!device) GTEST_SKIP() << device.error();
  EXPECT_EQ(run_program({"copy", volume, device->path()}).code, 1);
  EXPECT_EQ(run_program({"copy", volume, device->path(), "--overwrite"}).code, 2);
  const ProgramOutcome copied =
      run_program({"copy", volume, device->path(), "--overwrite", "--yes"});
  EXPECT_EQ(copied.code, 0) << copied.err;
  const auto expected = test::read_file(volume);
  auto got = test::read_file(device->path());
  got.resize(expected.size());
  EXPECT_EQ(got, expected);
}

TEST_F(Program, UnreadableSourcesAndReadOnlyRepositories) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read and write everything";
  const std::string volume = dir_ / "volume.img";
  test::write_file(volume, test::random_bytes(1 << 20));
  fs::permissions(volume, fs::perms::none);
  const ProgramOutcome unreadable =
      run_program({"backup", volume, "--to", test::repository_at(dir_ / "repo")});
  EXPECT_EQ(unreadable.code, 1);
  EXPECT_THAT(unreadable.err, HasSubstr("Permission denied"));
}

TEST_F(Program, AReaderThatGoesAwayEndsNoBackup) {
  const std::string volume = dir_ / "volume.img";
  test::write_file(volume, test::random_bytes(4 << 20));
  static_cast<void>(test::run_command(TINTYPE_PROGRAM " backup " + volume + " --to " +
                                      test::repository_at(dir_ / "repo") + " --json | true"));
  EXPECT_EQ(run_program({"verify", dir_ / "repo"}).code, 0);
  EXPECT_THAT(run_program({"versions", dir_ / "repo"}).out, HasSubstr("NOT CHECKED"));
}

}  // namespace
}  // namespace tintype
