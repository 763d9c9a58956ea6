// `tintype serve` as NBD clients of other people see it.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/tools/commands/served_program.h"

namespace tintype {
namespace {

using test::ServedProgram;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class Serve : public ServedProgram {
 protected:
  // What `nbdinfo --map` says, against the image's records and the truth.
  void check_map(const test::Served& served, const std::string& image,
                 const std::vector<std::byte>& truth) {
    std::uint64_t holes = 0, next = 0;
    for (const Json& part : Json::parse(shell("nbdinfo --json --map " + served.quoted()))) {
      const std::uint64_t offset = part["offset"], length = part["length"];
      ASSERT_EQ(offset, next);
      next += length;
      if (part["type"] == 0) continue;
      ASSERT_EQ(part["type"], 3) << "hole and zero";
      holes += length;
      for (std::uint64_t i = offset; i < next; ++i) ASSERT_EQ(truth[i], std::byte{0}) << i;
    }
    EXPECT_EQ(next, truth.size());
    const ImageReader reader = test::must(ImageReader::open(image));
    for (const ImageRecord& record : reader.records())
      if ((record.flags & kRecordRun) != 0) holes -= record.plain_bytes;
    EXPECT_EQ(holes, 0u);
  }
};

TEST_F(Serve, NbdcopyGivesEveryVolumeBackByteForByte) {
  for (const bool ntfs : {false, true}) {
    const std::string volume = ntfs ? ntfs_volume() : ext4_volume();
    for (const auto& how :
         std::vector<std::vector<std::string>>{{"--compress", "lz4"},
                                               {"--compress", "none", "--chunk-size", "64KiB"},
                                               {"--stock", "--chunk-size", "4MiB"},
                                               {"--all-blocks", "--compress", "lz4"}}) {
      SCOPED_TRACE(how[0] + how[1]);
      std::vector<std::string> words{"v=" + volume};
      words.insert(words.end(), how.begin(), how.end());
      const std::string set = backup(words), copy = dir_ / "copy";
      const auto truth = restored(set);
      if (how[0] == "--all-blocks") {
        EXPECT_TRUE(truth == test::read_file(volume));
      }
      test::Served served({set});
      ASSERT_TRUE(served.up()) << served.child().err();
      EXPECT_EQ(shell("nbdinfo --size " + served.quoted()), std::to_string(truth.size()) + "\n");
      check_map(served, image_of(set), truth);
      shell("nbdcopy " + served.quoted() + " " + copy);
      EXPECT_TRUE(test::read_file(copy) == truth);
      EXPECT_EQ(served.end(), 0);
      EXPECT_EQ(served.child().err(), "");
      fs::remove(copy);
      fs::remove_all(dir_ / "repo");
    }
  }
  expect_nothing_left();
}

TEST_F(Serve, TheVolumesOfASetAreExportsByName) {
  const std::string set = backup({"one=" + ext4_volume(), "two=" + ntfs_volume()});
  test::Served served({set, "--json"});
  ASSERT_TRUE(served.child().wait_for_output("\"type\":\"serving\"") &&
              served.child().wait_for_output("]}"));
  const auto& out = served.child().out();
  const auto line = out.substr(out.find("{\"schema\":1,\"type\":\"serving\""));
  const Json exports = Json::parse(line.substr(0, line.find('\n')))["exports"];
  ASSERT_EQ(exports.size(), 2u);
  for (const Json& one : exports) {
    EXPECT_EQ(shell("nbdinfo --size '" + one["uri"].get<std::string>() + "'"),
              std::to_string(one["volume_bytes"].get<std::uint64_t>()) + "\n");
    shell("nbdcopy '" + one["uri"].get<std::string>() + "' " + (dir_ / "copy"));
    EXPECT_TRUE(test::read_file(dir_ / "copy") ==
                restored(set + "/" + one["name"].get<std::string>()));
    fs::remove(dir_ / "copy");
  }
  std::string other = exports[0]["uri"];
  other.replace(other.find("/one"), 4, "/none");
  EXPECT_NE(test::run_command("nbdinfo --size '" + other + "'").exit_code, 0);
  EXPECT_THAT(shell("nbdinfo --list '" + exports[0]["uri"].get<std::string>() + "'"),
              HasSubstr("two"));
  EXPECT_EQ(served.end(SIGTERM), 0);
  EXPECT_THAT(served.child().err(), HasSubstr("there is no export \"none\"; there are one, two"));
  expect_nothing_left();
}

TEST_F(Serve, ADamagedChunkIsAnErrorThereAndTheRestIsServed) {
  const std::string set = backup({ext4_volume(), "--all-blocks", "--chunk-size", "64KiB"});
  const auto truth = restored(set);
  const Extent lost = damage(image_of(set));
  test::Served served({set});
  ASSERT_TRUE(served.up());
  // qemu-io compares nothing with a file, so it prints what it read: 4 KiB at both ends of the
  // chunk and beside it. One client each: one that gets an error may hang up.
  const auto read_at = [&](std::uint64_t offset) {
    return test::run_command("qemu-io -r -f raw -c 'read -q " + std::to_string(offset) + " 4096' " +
                             served.quoted());
  };
  for (const std::uint64_t offset : {lost.offset, lost.end() - 4096}) {
    EXPECT_THAT(read_at(offset).output, HasSubstr("Input/output error")) << offset;
  }
  for (const std::uint64_t offset : {lost.offset - 4096, lost.end()})
    EXPECT_EQ(read_at(offset).output, "") << offset;
  // Everything else, byte for byte: the truth with the lost range is what a patient client gets.
  shell("qemu-img dd -U -f raw -O raw bs=65536 count=" + std::to_string(lost.offset >> 16) +
        " if=" + served.quoted() + " of=" + (dir_ / "front"));
  EXPECT_TRUE(test::read_file(dir_ / "front") ==
              std::vector<std::byte>(truth.begin(),
                                     truth.begin() + static_cast<std::ptrdiff_t>(lost.offset)));
  EXPECT_EQ(served.end(), 0);
  EXPECT_THAT(served.child().err(), HasSubstr(" is damaged at offset "));
  EXPECT_THAT(served.child().err(),
              HasSubstr("bytes " + std::to_string(lost.offset) + " to " +
                        std::to_string(lost.end() - 1) + " of the volume are lost"));
  expect_nothing_left();
}

TEST_F(Serve, WhatTheBackupCouldNotReadIsAnErrorOrZeros) {
  const std::string image = image_with_unreadable();
  const auto read_it = [](test::Served& served) {
    return test::run_command("qemu-io -r -f raw -c 'read -q 1M 4096' " + served.quoted()).output;
  };
  test::Served errors({image});
  ASSERT_TRUE(errors.up());
  EXPECT_THAT(read_it(errors), HasSubstr("Input/output error"));
  EXPECT_EQ(errors.end(), 0);
  EXPECT_THAT(errors.child().err(), HasSubstr("the backup could not read 4 KiB of this volume"));
  test::Served zeros({image, "--unreadable", "zeros"});
  ASSERT_TRUE(zeros.up());
  EXPECT_EQ(read_it(zeros), "");
  EXPECT_EQ(zeros.end(), 0);
}

TEST_F(Serve, NothingIsLeftHoweverItEnds) {
  const std::string set = backup({large_volume(16 << 20)});
  for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
    test::Served served({set});
    ASSERT_TRUE(served.up());
    EXPECT_GT(process_of("nbdkit"), 0);
    EXPECT_EQ(served.end(number), number == SIGKILL ? 128 + SIGKILL : 0);
    expect_nothing_left();
  }
  // In the middle of a client's work, too.
  test::Served served({set});
  test::ChildProgram client({"/usr/bin/nbdsh", "-u", served.uri(), "-c",
                             "print('connected', flush=True)\nimport time\ntime.sleep(100)"});
  if (client.wait_for_output("connected")) {
    served.end(SIGKILL);
    client.signal(SIGKILL);
    client.wait();
  } else {
    served.end(SIGKILL);
  }
  expect_nothing_left();
}

TEST_F(Serve, AServerThatDiesIsAnErrorAndLeavesNothing) {
  const std::string set = backup({large_volume(16 << 20)});
  test::Served served({set});
  ASSERT_TRUE(served.up());
  ::kill(process_of("nbdkit"), SIGKILL);
  EXPECT_EQ(served.child().wait(), 1);
  EXPECT_THAT(served.child().err(), HasSubstr("nbdkit has ended by itself"));
  expect_nothing_left();
}

TEST_F(Serve, ErrorsAreSaidBeforeAnythingIsServed) {
  const std::string set = backup({large_volume(16 << 20)});
  const auto missing = [&] {
    const test::ChangedEnvironment nowhere("PATH", dir_ / "tmp");
    return run({"serve", set});
  }();
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "tintype: nbdkit is not installed (apt-get install nbdkit)\n");

  test::write_file(dir_ / "no.tint", test::random_bytes(10'000));
  EXPECT_EQ(run({"serve", dir_ / "no.tint"}).code, 4);
  EXPECT_EQ(run({"serve", dir_ / "missing.tint"}).code, 1);
  EXPECT_THAT(run({"serve", dir_ / "repo"}).err, HasSubstr("name one of its sets"));
  EXPECT_THAT(run({"serve", set, "--socket", dir_ / "no.tint"}).err, HasSubstr("File exists"));
  EXPECT_THAT(run({"serve", set, "--socket", dir_ / std::string(200, 'x')}).err,
              HasSubstr("longer than 107 bytes"));
  EXPECT_THAT(run({"serve", set, "--socket", dir_ / "no/where"}).err,
              HasSubstr("make its folder first"));
  EXPECT_EQ(run({"serve", set, "--socket", "x", "--listen", "10809"}).code, 2);
  expect_nothing_left();
}

TEST_F(Serve, ListensWhereItIsTold) {
  const std::string set = backup({large_volume(16 << 20)}), socket = dir_ / "a socket";
  {
    test::Served served({set, "--socket", socket});
    ASSERT_TRUE(served.up()) << served.child().err();
    EXPECT_EQ(shell("nbdinfo --size " + served.quoted()), "16777216\n");
    struct stat status {};
    ASSERT_EQ(::stat(socket.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 022u, 0u) << "who may not write to a socket may not connect";
    EXPECT_THAT(run({"serve", set, "--socket", socket}).err, HasSubstr("File exists"));
    EXPECT_EQ(served.end(), 0);
    EXPECT_FALSE(fs::exists(socket));
  }
  // A free port: the system chooses one, and it is ours again at once.
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  socklen_t length = sizeof address;
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  const std::string port = std::to_string(::ntohs(address.sin_port));
  ::close(probe);
  for (const std::string& listen : {port, "127.0.0.1:" + port}) {
    test::Served served({set, "--listen", listen});
    ASSERT_TRUE(served.up()) << served.child().err();
    EXPECT_EQ(shell("nbdinfo --size " + served.quoted()), "16777216\n");
    EXPECT_THAT(run({"serve", set, "--listen", listen}).err, HasSubstr("nbdkit could not serve"));
    // Nobody else's network: the address it listens on is this machine's own.
    const auto listening = test::run_command("ss -Hltn 'sport = :" + port + "'").output;
    EXPECT_THAT(listening, HasSubstr("127.0.0.1:" + port));
    EXPECT_EQ(std::ranges::count(listening, '\n'), 1) << listening;
    EXPECT_EQ(served.end(), 0);
  }
  expect_nothing_left();
}

TEST_F(Serve, MemoryStaysNearTheCache) {
  const std::string set = backup({large_volume(256 << 20), "--compress", "none"});
  const auto peak_mib = [&](const std::string& cache) {
    test::Served served({set, "--cache", cache});
    shell("nbdcopy " + served.quoted() + " null:");
    std::ifstream status("/proc/" + std::to_string(process_of("nbdkit")) + "/status");
    std::size_t peak = 0;
    for (std::string word; status >> word;)
      if (word == "VmHWM:") status >> peak;
    EXPECT_EQ(served.end(), 0);
    return peak >> 10;
  };
  // Beside the cache there are nbdkit's own buffers: up to 64 requests of 256 KiB.
  const std::size_t small = peak_mib("16MiB");
  EXPECT_GT(small, 8u);
  EXPECT_LT(small, 16u + 16 + 24);
  EXPECT_GT(peak_mib("512MiB"), 200u) << "or the measurement measures nothing";
}

TEST_F(Serve, ThePluginExportsNothingButItsEntry) {
  EXPECT_THAT(shell("nm -D --defined-only " TINTYPE_PLUGIN),
              testing::MatchesRegex("[0-9a-f]+ T plugin_init\n"));
  EXPECT_THAT(shell("nbdkit " TINTYPE_PLUGIN " --dump-plugin"), HasSubstr("thread_model=parallel"));
}

}  // namespace
}  // namespace tintype
