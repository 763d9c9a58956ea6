// The built program on sources that are no raw volume: disk images and NBD exports.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/changed_environment.h"
#include "support/child_program.h"
#include "support/make_repository.h"
#include "support/nbd_server.h"
#include "support/random_bytes.h"
#include "support/samples.h"
#include "support/temp_dir.h"
#include "support/vhdx_maker.h"
#include "support/volume_maker.h"
#include "support/vshadow.h"
#include "tests/tools/built_program.h"
#include "tests/tools/json_summary.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::ChildProgram;
using test::json_summary;
using test::NbdServer;
using test::ProgramOutcome;
using test::run_program;
using test::TempDir;
using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;
using Json = nlohmann::json;

class Sources : public testing::Test {
 protected:
  // Our servers work on files below the test's folder, which nobody else's do.
  [[nodiscard]] std::vector<pid_t> servers() const {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ifstream in(entry.path() / "cmdline");
      const std::string line((std::istreambuf_iterator<char>(in)), {});
      if (line.starts_with("qemu-") && line.find(dir_.path().string()) != std::string::npos)
        found.push_back(std::stoi(name));
    }
    return found;
  }
  [[nodiscard]] bool nothing_is_left() const {
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path()))
      if (entry.path().filename().string().starts_with("tintype-nbd-")) return false;
    for (int i = 0; i < 400 && !servers().empty(); ++i) std::this_thread::sleep_for(5ms);
    return servers().empty();
  }
  std::string random_image(std::size_t bytes) {
    test::write_file(dir_ / "raw", test::random_bytes(bytes));
    const auto made = test::run_command("qemu-img convert -f raw -O qcow2 " + (dir_ / "raw") + " " +
                                        (dir_ / "disk.qcow2"));
    EXPECT_EQ(made.exit_code, 0) << made.output;
    return dir_ / "disk.qcow2";
  }
  // A program that is in the middle of its pass, and has a server.
  void expect_servers_to_go(int signal, int code) {
    const std::string image = random_image(96 << 20);
    ChildProgram child({TINTYPE_PROGRAM, "copy", image, dir_ / "out", "--serial", "--json", "-q"});
    ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.err();
    EXPECT_EQ(servers().size(), 1u);
    child.signal(signal);
    EXPECT_EQ(child.wait(), code) << child.err();
    EXPECT_TRUE(nothing_is_left());
  }

  TempDir dir_;
};

TEST_F(Sources, SampleImagesAreCopiedAsQemuConvertsThem) {
  TINTYPE_NEED_SAMPLES(samples);
  struct Case {
    const char *name, *format;
    int code;
  };
  for (const Case& one : {Case{"vsstest.qcow2", "qcow2", 0},
                          {"windows_volume.qcow2", "qcow2", 0},
                          {"ntfs_vss_ese_generated.qcow2", "qcow2", 3},
                          {"ext2.vhd", "vpc", 0}}) {
    const std::string image = samples / "volumes" / one.name;
    const ProgramOutcome copied =
        run_program({"copy", image, dir_ / "out", "--all-blocks", "--json"});
    EXPECT_EQ(copied.code, one.code) << copied.err;
    ASSERT_EQ(test::run_command("qemu-img convert -O raw -f " + std::string(one.format) + " " +
                                image + " " + (dir_ / "qemu"))
                  .exit_code,
              0);
    const auto compared = test::run_command("cmp " + (dir_ / "out") + " " + (dir_ / "qemu"));
    EXPECT_EQ(compared.exit_code, 0) << compared.output;
    const std::uint64_t size = fs::file_size(dir_ / "out");
    EXPECT_LT(json_summary(copied.out).value("read_bytes", size), size) << "holes were read";

    const ProgramOutcome backup = run_program(
        {"backup", "disk=" + image, "--to", test::repository_at(dir_ / "repo"), "--all-blocks"});
    EXPECT_EQ(backup.code, one.code) << backup.err;
    const ProgramOutcome back =
        run_program({"restore", dir_ / "repo" + std::string("::latest"), "--to", dir_ / "back"});
    EXPECT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(test::run_command("cmp " + (dir_ / "back") + " " + (dir_ / "qemu")).exit_code, 0);
    for (const char* name : {"out", "qemu", "back", "repo"}) fs::remove_all(dir_ / name);
  }
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(Sources, DatabasesInsideAnImageAreCheckedOnTheWay) {
  TINTYPE_NEED_SAMPLES(samples);
  const ProgramOutcome backup =
      run_program({"backup", samples / "volumes/ntfs_vss_ese_generated.qcow2", "--to",
                   test::repository_at(dir_ / "repo")});
  EXPECT_EQ(backup.code, 3);
  EXPECT_THAT(backup.out, HasSubstr("5 BAD"));
}

TEST_F(Sources, ADifferencingDiskIsCopiedWithItsParent) {
  TINTYPE_NEED_SAMPLES(samples);
  EXPECT_EQ(run_program({"copy", samples / "volumes/image-differential.vhd", dir_ / "child",
                         "--all-blocks"})
                .code,
            0);
  EXPECT_EQ(
      run_program({"copy", samples / "volumes/image.vhd", dir_ / "parent", "--all-blocks"}).code,
      0);
  const Bytes child = test::read_file(dir_ / "child"), parent = test::read_file(dir_ / "parent");
  EXPECT_EQ(child.size(), 104448u);
  EXPECT_EQ(child.size(), parent.size());
}

// As Hyper-V leaves a disk whose machine lost power: the log has what the file has not.
TEST_F(Sources, AVhdxThatWasNotClosedIsReadAsItsLogSaysAndSaysSo) {
  test::VhdxMaker maker({});
  const Bytes content = test::random_bytes(1 << 20);
  const std::uint64_t at = maker.put_block(0, content);
  maker.log(0, 0, 1, {{at, Bytes(content.begin(), content.begin() + 4096), 0}});
  std::fill_n(maker.file.begin() + static_cast<std::ptrdiff_t>(at), 4096, std::byte{0});
  maker.leave_open();
  test::write_file(dir_ / "disk.vhdx", maker.file);
  const ProgramOutcome copied =
      run_program({"copy", dir_ / "disk.vhdx", dir_ / "out", "--all-blocks"});
  EXPECT_EQ(copied.code, 0) << copied.err;
  EXPECT_THAT(copied.err, HasSubstr("its log (1 entry) is replayed in memory"));
  Bytes expected = content;
  expected.resize(8 << 20);
  EXPECT_TRUE(test::read_file(dir_ / "out") == expected);
  EXPECT_TRUE(test::read_file(dir_ / "disk.vhdx") == maker.file) << "the source was written to";
}

TEST_F(Sources, AParentElsewhereNeedsTheUsersWord) {
  std::filesystem::create_directories(dir_ / "vm");
  std::filesystem::create_directories(dir_ / "golden");
  test::VhdxMaker parent({});
  const Bytes content = test::random_bytes(1 << 20);
  parent.put_block(0, content);
  test::write_file(dir_ / "golden/parent.vhdx", parent.file);
  test::VhdxMaker child({.parent = test::VhdxMaker::Options{}.id,
                         .parent_paths = {{"relative_path", "..\\golden\\parent.vhdx"}}});
  test::write_file(dir_ / "vm/child.vhdx", child.file);
  const std::string image = dir_ / "vm/child.vhdx";
  const std::string repository = test::repository_at(dir_ / "repo");
  const std::vector<std::vector<std::string>> kCommands = {
      {"copy", image, dir_ / "out", "--all-blocks"},
      {"backup", image, "--to", repository},
      {"show", image}};
  for (std::vector<std::string> words : kCommands) {
    const ProgramOutcome refused = run_program(words);
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("if you trust the image: --allow-folder "));
    words.insert(words.end(), {"--allow-folder", dir_ / "golden"});
    const ProgramOutcome allowed = run_program(words);
    EXPECT_THAT(allowed.code, ::testing::AnyOf(0, 3)) << allowed.err;
  }
  Bytes expected = content;
  expected.resize(8 << 20);
  EXPECT_TRUE(test::read_file(dir_ / "out") == expected);
  // What is read of the parent is not written over.
  EXPECT_EQ(run_program({"copy", image, dir_ / "golden/parent.vhdx", "--overwrite", "--yes",
                         "--allow-folder", dir_ / "golden"})
                .code,
            1);
  EXPECT_TRUE(test::read_file(dir_ / "golden/parent.vhdx") == parent.file);
}

TEST_F(Sources, NoFileOfAnImageMayBeTheTargetOrBeWrittenTo) {
  test::write_file(dir_ / "base", test::random_bytes(1 << 20));
  const auto made = test::run_command("cd " + dir_.path().string() +
                                      " && qemu-img create -q -f qcow2 -F raw -b base top.qcow2");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const ProgramOutcome lost =
      run_program({"copy", dir_ / "top.qcow2", dir_ / "base", "--overwrite", "--yes"});
  EXPECT_EQ(lost.code, 1);
  EXPECT_THAT(lost.err, HasSubstr("are the same"));
  const int writer = ::open((dir_ / "base").c_str(), O_RDWR | O_CLOEXEC);
  const ProgramOutcome in_use =
      run_program({"backup", dir_ / "top.qcow2", "--to", test::repository_at(dir_ / "repo")});
  EXPECT_EQ(in_use.code, 1);
  EXPECT_THAT(in_use.err, HasSubstr("is in use"));
  ::close(writer);
  EXPECT_EQ(
      run_program({"backup", dir_ / "top.qcow2", "--to", test::repository_at(dir_ / "repo")}).code,
      0);
}

TEST_F(Sources, AnNbdExportIsBackedUpUnderItsNameAndWithoutItsHoles) {
  {
    std::ofstream(dir_ / "disk").put('\0');
    fs::resize_file(dir_ / "disk", 64 << 20);
    std::fstream out(dir_ / "disk", std::ios::in | std::ios::out | std::ios::binary);
    const Bytes data = test::random_bytes(2 << 20);
    out.seekp(30 << 20);
    out.write(reinterpret_cast<const char*>(data.data()),
              static_cast<std::streamsize>(data.size()));
  }
  const NbdServer server({"--filter=log", "file", dir_ / "disk", "logfile=" + (dir_ / "log")});
  const ProgramOutcome backup = run_program(
      {"backup", server.uri("mail"), "--to", test::repository_at(dir_ / "repo"), "--json"});
  EXPECT_EQ(backup.code, 0) << backup.err;
  const ProgramOutcome named = run_program(
      {"backup", "store=" + server.uri("mail"), "--to", test::repository_at(dir_ / "repo")});
  EXPECT_EQ(named.code, 0) << named.err;
  EXPECT_THAT(run_program({"show", dir_ / "repo" + std::string("::latest")}).out,
              HasSubstr("store"));
  EXPECT_EQ(
      run_program({"restore", dir_ / "repo" + std::string("::latest"), "--to", dir_ / "back"}).code,
      0);
  EXPECT_TRUE(test::read_file(dir_ / "back") == test::read_file(dir_ / "disk"));

  // What was read: the data, and the few places where a file system is looked for.
  std::uint64_t bytes = 0;
  std::ifstream log(dir_ / "log");
  for (std::string line; std::getline(log, line);)
    if (const auto at = line.find(" count=0x");
        at != std::string::npos && line.find(" Read ") != std::string::npos)
      bytes += std::stoull(line.substr(at + 9), nullptr, 16);
  EXPECT_GT(bytes, 2u * (2u << 20));
  EXPECT_LT(bytes, 2u * (8u << 20)) << "two backups of 2 MiB of data in 64 MiB";
}

TEST_F(Sources, ABadSectorOfAnExportIsAFindingAtItsPlace) {
  const Bytes content = test::random_bytes(4 << 20);
  test::write_file(dir_ / "disk", content);
  const NbdServer server(
      {"eval", "get_size=stat -c %s " + (dir_ / "disk"),
       "pread=if [ $4 -le 3145728 ] && [ $(($4+$3)) -gt 3145728 ]; then echo EIO bad sector >&2; "
       "exit 1; fi; dd if=" +
           (dir_ / "disk") + " count=$3 skip=$4 iflag=count_bytes,skip_bytes status=none"});
  for (const char* serial : {"--serial", "--tasks=1"}) {
    const ProgramOutcome copied =
        run_program({"copy", server.uri(), dir_ / "out", "--json", "--overwrite", "--yes", serial});
    EXPECT_EQ(copied.code, 3) << copied.err;
    EXPECT_THAT(copied.out, HasSubstr("3145728"));
    Bytes expected = content;
    std::fill_n(expected.begin() + 3145728, 512, std::byte{0});
    EXPECT_TRUE(test::read_file(dir_ / "out") == expected) << serial;
  }
}

TEST_F(Sources, AServerThatDiesInMidCopyIsOneLineAndExit1) {
  NbdServer server({"--filter=delay", "pattern", "256M", "rdelay=30ms"});
  ChildProgram child(
      {TINTYPE_PROGRAM, "copy", server.uri(), dir_ / "out", "--json", "-q", "--iodepth=2"});
  ASSERT_TRUE(child.wait_for_output("\"read_bytes\"")) << child.err();
  server.kill();
  EXPECT_EQ(child.wait(), 1);
  EXPECT_THAT(child.err(),
              testing::ContainsRegex("cannot read nbd.unix.* at offset [0-9]+: .*server"));
  EXPECT_FALSE(fs::exists(dir_ / "out"));
}

TEST_F(Sources, WhatCannotBeReadIsOneLineAndExit1) {
  const ProgramOutcome refused = run_program({"copy", "nbd://127.0.0.1:1/x", dir_ / "out", "-q"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("tintype: cannot connect to nbd://127.0.0.1:1/x: "));
  EXPECT_EQ(std::ranges::count(refused.err, '\n'), 1) << refused.err;
  const std::string image = random_image(1 << 20);
  fs::resize_file(image, fs::file_size(image) / 2);
  const ProgramOutcome cut = run_program({"copy", image, dir_ / "out", "-q"});
  EXPECT_EQ(cut.code, 1);
  EXPECT_THAT(cut.err, HasSubstr("as a qcow2 image it is damaged"));
  EXPECT_TRUE(nothing_is_left());
}

// Only NBD exports and disk images need libnbd, only folders libarchive: nothing else misses them.
TEST_F(Sources, ALibraryThatIsNotThereIsMissedOnlyByTheSourceThatNeedsIt) {
  fs::create_directories(dir_ / "lib");
  fs::create_directories(dir_ / "folder");
  for (const char* name : {"lib/libnbd.so.0", "lib/libarchive.so.13"})
    std::ofstream(dir_ / name) << "no library";
  test::write_file(dir_ / "raw", test::random_bytes(1 << 20));
  const test::ChangedEnvironment libraries("LD_LIBRARY_PATH", dir_ / "lib");
  const ProgramOutcome server = run_program({"copy", "nbd://127.0.0.1:1/x", dir_ / "out", "-q"});
  const ProgramOutcome folder =
      run_program({"backup", dir_ / "folder", "--to", test::repository_at(dir_ / "repo"), "-q"});
  const ProgramOutcome volume =
      run_program({"copy", dir_ / "raw", dir_ / "out", "--all-blocks", "-q"});
  EXPECT_EQ(server.code, 1);
  EXPECT_EQ(server.err, "tintype: cannot load " + (dir_ / "lib/libnbd.so.0") +
                            ": file too short (apt-get install libnbd0)\n");
  EXPECT_EQ(folder.code, 1);
  EXPECT_THAT(folder.err, HasSubstr("file too short (apt-get install libarchive13)\n"));
  EXPECT_EQ(volume.code, 0) << volume.err;
}

TEST_F(Sources, NoServerOutlivesAnInterruptedProgram) {
  expect_servers_to_go(SIGINT, 130);
}

TEST_F(Sources, NoServerOutlivesAKilledProgram) {
  expect_servers_to_go(SIGKILL, 128 + SIGKILL);
}

// A server that says nothing any more: waiting for it ends with the first ^C.
TEST_F(Sources, ASilentServerIsNotWaitedForAfterAnInterruption) {
  // Silent from the start, so while a file system is looked for; and in the middle of the pass.
  const NbdServer deaf({"--filter=delay", "pattern", "64M", "rdelay=300"});
  const NbdServer tiring({"eval", "get_size=echo 64M",
                          "pread=[ $4 -lt 8000000 ] || sleep 300; dd if=/dev/urandom bs=$3 "
                          "count=1 status=none"});
  for (const std::string& uri : {deaf.uri(), tiring.uri()}) {
    for (const std::string command : {"copy", "backup"}) {
      std::vector<std::string> words{TINTYPE_PROGRAM, command, uri};
      if (command == "backup") words.push_back("--to");
      const std::string out = dir_ / ("out-" + command);
      words.push_back(command == "backup" ? test::repository_at(out) : out);
      words.insert(words.end(), {"--json", "-v"});
      ChildProgram child(words);
      ASSERT_TRUE(child.wait_for_output("\"start\"")) << child.err();
      std::this_thread::sleep_for(std::chrono::milliseconds(700));
      const auto asked = std::chrono::steady_clock::now();
      child.signal(SIGINT);
      EXPECT_EQ(child.wait(), 130) << child.err();
      EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(2)) << uri;
      EXPECT_THAT(child.err(), testing::Not(HasSubstr("NOT CHECKED")));
      EXPECT_FALSE(fs::exists(dir_ / "out-copy"));
    }
  }
}

// Certificates of a private authority; `other` is of another one.
TEST_F(Sources, TlsTakesTheRightCertificateAndNoOther) {
  const std::string folder = dir_ / "tls";
  const auto made = test::run_command(
      "exec 2>&1; set -e; mkdir -p " + folder + "/server " + folder + "/client " + folder +
      "/other; cd " + folder +
      "; for a in ca wrong; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$a "
      "-keyout $a-key.pem -out $a-cert.pem; done; for n in server client; do openssl req -newkey "
      "rsa:2048 -nodes -subj /CN=here -addext subjectAltName=IP:127.0.0.1 -keyout "
      "$n/$n-key.pem -out $n.csr; openssl x509 -req -in $n.csr -copy_extensions copy -CA "
      "ca-cert.pem -CAkey ca-key.pem -CAcreateserial -days 2 -out $n/$n-cert.pem; cp ca-cert.pem "
      "$n/; done; cp wrong-cert.pem other/ca-cert.pem");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  test::write_file(dir_ / "disk", test::random_bytes(3 << 20));
  // Over TCP, for a certificate is about an address; not about "localhost", which a system without
  // /etc/hosts does not know. 127.0.0.2 is the same server under an address that is not in it.
  const std::string port = std::to_string(20000 + ::getpid() % 20000);
  ChildProgram server({"/usr/bin/nbdkit", "--foreground", "--readonly", "--exit-with-parent",
                       "--ipaddr", "0.0.0.0", "--port", port, "--tls=require",
                       "--tls-certificates=" + folder + "/server", "--pidfile", dir_ / "pid",
                       "file", dir_ / "disk"});
  for (int i = 0; i < 1000 && !fs::exists(dir_ / "pid"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(fs::exists(dir_ / "pid"));
  const auto copy = [&](const std::string& host, const std::string& certificates) {
    return run_program({"copy",
                        "nbds://" + host + ":" + port + "/?tls-certificates=" + certificates,
                        dir_ / "out", "-q"});
  };
  const ProgramOutcome right = copy("127.0.0.1", folder + "/client");
  ASSERT_EQ(right.code, 0) << right.err;
  EXPECT_TRUE(test::read_file(dir_ / "out") == test::read_file(dir_ / "disk"));
  fs::remove(dir_ / "out");
  const ProgramOutcome plain =
      run_program({"copy", "nbd://127.0.0.1:" + port + "/", dir_ / "out", "-q"});
  for (const ProgramOutcome& wrong :
       {copy("127.0.0.1", folder + "/other"), copy("127.0.0.2", folder + "/client"), plain}) {
    EXPECT_EQ(wrong.code, 1);
    EXPECT_THAT(wrong.err, testing::StartsWith("tintype: cannot connect to nbd"));
    EXPECT_EQ(std::ranges::count(wrong.err, '\n'), 1) << wrong.err;
    EXPECT_FALSE(fs::exists(dir_ / "out"));
  }
}

// Shadow copies straight out of the qcow2 that holds the volume.
TEST_F(Sources, ShadowCopiesInsideAnImageAreWhatLibvshadowShows) {
  TINTYPE_NEED_SAMPLES(samples);
  const std::string image = samples / "volumes/vsstest.qcow2";
  test::raw_from_qcow2(image, dir_ / "raw");
  TINTYPE_VSHADOW(oracle, dir_ / "raw");
  ASSERT_EQ(run_program({"backup", "one=" + image + "@shadow:1", "two=" + image + "@shadow:2",
                         "--to", test::repository_at(dir_ / "repo"), "--all-blocks"})
                .code,
            0);
  for (const auto& [name, number] : {std::pair{"one", 1u}, {"two", 2u}}) {
    ASSERT_EQ(
        run_program({"restore", (dir_ / "repo") + "::latest/" + name, "--to", dir_ / name}).code,
        0);
    const auto compared = test::run_command("cmp " + (dir_ / name) + " " + oracle.copy(number));
    EXPECT_EQ(compared.exit_code, 0) << compared.output;
  }
  const std::string mail = samples / "volumes/ntfs_vss_ese_generated.qcow2";
  const ProgramOutcome live =
      run_program({"backup", mail, "--to", test::repository_at(dir_ / "mail"), "--json"});
  EXPECT_EQ(live.code, 3);
  EXPECT_EQ(json_summary(live.out)["volumes"][0]["databases"][0]["pages"]["bad_checksum"], 5);
  const ProgramOutcome copy = run_program(
      {"backup", mail + "@shadow:1", "--to", test::repository_at(dir_ / "mail"), "--json"});
  EXPECT_EQ(json_summary(copy.out)["volumes"][0]["databases"][0]["pages"]["bad_checksum"], 0);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace
}  // namespace tintype
