// NBD exports: served by nbdkit, good, slow, damaged or dying; and by a server that lies.
#include "io/nbd/nbd_volume.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "support/nbd_server.h"
#include "support/random_bytes.h"
#include "tests/io/queue/queue_fixture.h"

namespace tintype {
namespace {

using namespace std::chrono_literals;
using test::must;
using test::NbdServer;
using ::testing::HasSubstr;

// The first extent of a volume is its whole range: an NBD export is one piece.
const File& file_of(const Volume& volume) {
  const File* file = nullptr;
  volume.map({0, 512}, [&](const Volume::Piece& piece) { file = piece.file; });
  return *file;
}

class LyingServer {
 public:
  explicit LyingServer(const std::string& lie, std::uint64_t size_bytes = 1 << 20)
      : program_({"/usr/bin/python3", TINTYPE_SOURCE_DIR "/tests/support/lying_nbd_server.py",
                  dir_ / "socket", lie, std::to_string(size_bytes)}) {
    while (!std::filesystem::exists(dir_ / "socket")) std::this_thread::sleep_for(5ms);
  }
  [[nodiscard]] std::string uri() const { return "nbd+unix:///?socket=" + (dir_ / "socket"); }

 private:
  test::TempDir dir_;
  test::ChildProgram program_;
};

TEST(NbdVolume, UrisAreToldFromPaths) {
  for (const char* uri : {"nbd://host", "nbd://[::1]:10809/x", "nbds://host/",
                          "nbd+unix:///?socket=s", "nbds+unix:///?socket=s"})
    EXPECT_TRUE(is_nbd_uri(uri)) << uri;
  for (const char* path : {"", "nbd", "/nbd://", "nbd:host", "./nbd://host", "NBD.img"})
    EXPECT_FALSE(is_nbd_uri(path)) << path;
}

TEST(NbdVolume, ReadsWhatTheServerHasAndKnowsItsHoles) {
  test::TempDir dir;
  // An unaligned size, data at the begin, in the middle and at the very end.
  std::vector<std::byte> content((40 << 20) + 777);
  const auto data = test::random_bytes(3 << 20);
  std::ranges::copy(data, content.begin());
  std::ranges::copy(data, content.begin() + (20 << 20));
  std::ranges::copy(std::span(data).first(777), content.end() - 777);
  {
    const File file = must(File::create(dir / "disk", Caching::page_cache));
    must(file.set_size(content.size()));
    must(file.write_at(0, data));
    must(file.write_at(20 << 20, data));
    must(file.write_at(40 << 20, std::span(data).first(777)));
  }
  const NbdServer server({"file", dir / "disk"});
  const auto volume = must(open_nbd_volume(server.uri()));
  EXPECT_EQ(volume->size_bytes(), content.size());
  EXPECT_EQ(volume->sector_bytes(), 512u);
  EXPECT_EQ(volume->name(), server.uri());
  const ExtentList expected{{0, 3 << 20}, {20 << 20, 3 << 20}, {40 << 20, 777}};
  EXPECT_EQ(rounded_out(must(volume->data_extents()), 4096, content.size()), expected);

  // Metadata: any place and length; across the cache's blocks; up to the end and not past it.
  for (const Extent& range : {Extent{0, 1},
                              {511, 2},
                              {131'071, 3},
                              {(20 << 20) - 5, 300'000},
                              {content.size() - 778, 778},
                              {content.size(), 0}}) {
    std::vector<std::byte> bytes(range.length);
    ASSERT_TRUE(test::ok(volume->read(range.offset, bytes)));
    EXPECT_TRUE(std::ranges::equal(bytes, std::span(content).subspan(range.offset, range.length)))
        << range.offset;
  }
  std::vector<std::byte> bytes(2);
  EXPECT_THAT(volume->read(content.size() - 1, bytes).error().line(), HasSubstr("it has only"));

  // Data: through a queue, and in one call.
  const auto queue = std::move(must(open_queue(QueueEngine::automatic, 32)).queue);
  AlignedBuffer buffer(content.size() + 512);
  test::stream(*queue, IoKind::read, file_of(*volume), buffer.bytes().first(content.size()),
               256 << 10);
  EXPECT_TRUE(std::ranges::equal(buffer.bytes().first(content.size()), content));
  EXPECT_EQ(must(file_of(*volume).read_at(1 << 20, buffer.bytes())), content.size() - (1 << 20));
}

// nbdkit's log tells when each read came and when it was answered.
TEST(NbdVolume, ManyReadsAreInFlightOnSeveralConnections) {
  test::TempDir dir;
  const NbdServer server({"--filter=log", "--filter=delay", "pattern", "64M", "rdelay=20ms",
                          "logfile=" + (dir / "log")});
  const auto volume = must(open_nbd_volume(server.uri()));
  const auto queue = std::move(must(open_queue(QueueEngine::automatic, 32)).queue);
  AlignedBuffer buffer(64 << 20);
  test::stream(*queue, IoKind::read, file_of(*volume), buffer.bytes(), 256 << 10);

  std::ifstream log(dir / "log");
  int in_flight = 0, most = 0, reads = 0;
  std::set<std::string> connections;
  for (std::string line; std::getline(log, line);) {
    // "… connection=2 Read id=7 offset=0x0 count=0x40000 …", and later "… ...Read id=7 …".
    const auto connection = line.find("connection="), read = line.find(" Read ");
    if (connection < read && read != std::string::npos) {
      connections.insert(line.substr(connection, read - connection));
      most = std::max(most, ++in_flight);
      ++reads;
    } else if (line.find("...Read") != std::string::npos) {
      --in_flight;
    }
  }
  EXPECT_EQ(reads, 256);
  EXPECT_GE(most, 24) << "of 32 that the queue takes";
  EXPECT_EQ(connections.size(), 4u);
}

TEST(NbdVolume, AnUnreadableSectorIsEioThereAndNowhereElse) {
  test::TempDir dir;
  const NbdServer server({"eval", "get_size=echo 1048576",
                          "pread=if [ $4 -le 70144 ] && [ $(($4+$3)) -gt 70144 ]; then "
                          "echo EIO bad sector >&2; exit 1; fi; dd if=/dev/zero count=$3 "
                          "iflag=count_bytes status=none"});
  const auto volume = must(open_nbd_volume(server.uri()));
  const File& file = file_of(*volume);
  std::vector<std::byte> bytes(512);
  const auto bad = file.read_at(70144, bytes);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, std::errc::io_error);
  EXPECT_EQ(bad.error().line(),
            "cannot read " + server.uri() + " at offset 70144: Input/output error");
  EXPECT_TRUE(test::ok(file.read_at(70144 + 512, bytes)));
  // Metadata beside the bad sector is readable though the cache's block is not.
  EXPECT_TRUE(test::ok(volume->read(70144 - 600, std::span(bytes).first(88))));
  EXPECT_FALSE(volume->read(70140, std::span(bytes).first(10)));
}

TEST(NbdVolume, TheServersUnitOfReadsIsKept) {
  test::TempDir dir;
  const auto content = test::random_bytes(1 << 20);
  test::write_file(dir / "disk", content);
  const NbdServer server({"--filter=blocksize-policy", "file", dir / "disk",
                          "blocksize-minimum=4096", "blocksize-preferred=4096",
                          "blocksize-maximum=64K", "blocksize-error-policy=error"});
  const auto volume = must(open_nbd_volume(server.uri()));
  EXPECT_EQ(volume->sector_bytes(), 4096u);
  std::vector<std::byte> bytes(300'000);
  ASSERT_TRUE(test::ok(volume->read(77, bytes)));
  EXPECT_TRUE(std::ranges::equal(bytes, std::span(content).subspan(77, bytes.size())));
  AlignedBuffer buffer(1 << 20);
  EXPECT_EQ(must(file_of(*volume).read_at(0, buffer.bytes())), buffer.bytes().size());
}

TEST(NbdVolume, WhatCannotBeOpenedSaysWhy) {
  test::TempDir dir;
  const auto line = [](const std::string& uri, const NbdLimits& limits = {}) {
    const auto volume = open_nbd_volume(uri, limits);
    return volume ? std::string("opened") : volume.error().line();
  };
  EXPECT_THAT(line("nbd+unix:///?socket=" + (dir / "none")),
              HasSubstr("No such file or directory (is the server running"));
  EXPECT_THAT(line("nbd://127.0.0.1:1"), HasSubstr("Connection refused (is the server running"));
  EXPECT_THAT(line("nbd+unix:///"), HasSubstr("cannot connect to nbd+unix:///"));
  {
    const NbdServer server({"null", "0"});
    EXPECT_THAT(line(server.uri()), HasSubstr("it is empty"));
    // TLS asked of a server that has none.
    EXPECT_THAT(line("nbds" + server.uri().substr(3)), HasSubstr("is TLS set up on both sides?"));
  }
  {
    const NbdServer server(
        {"--filter=exportname", "null", "1M", "exportname=here", "exportname-strict=true"});
    EXPECT_THAT(line(server.uri("nowhere")),
                HasSubstr("nbdinfo --list shows the server's exports"));
  }
  const auto started = std::chrono::steady_clock::now();
  EXPECT_THAT(line(LyingServer("mute").uri(), {.connect = 300ms}),
              HasSubstr("no answer within 0.3 s"));
  EXPECT_LT(std::chrono::steady_clock::now() - started, 8s);
  EXPECT_THAT(line(LyingServer("wide-blocks").uri()), HasSubstr("in units of 65536 bytes"));
  EXPECT_NE(line(LyingServer("mad-blocks").uri()), "");
}

TEST(NbdVolume, ALostServerEndsEveryReadWithTheReason) {
  struct Case {
    const char *lie, *reason;
  };
  for (const Case& one : {Case{"no-reply", "no answer for 0.5 s"},
                          {"garbage", "lost the server: "},
                          {"beyond", "lost the server: "},
                          {"hang-up", "server"}}) {
    const LyingServer server(one.lie);
    const auto volume = must(open_nbd_volume(server.uri(), {.silence = 500ms}));
    const auto queue = std::move(must(open_queue(QueueEngine::automatic, 16)).queue);
    AlignedBuffer buffer(64 << 10);
    for (std::size_t i = 0; i < 16; ++i)
      queue->submit({.file = &file_of(*volume),
                     .offset = i * 4096,
                     .bytes = buffer.bytes().subspan(i * 4096, 4096),
                     .tag = i});
    std::array<IoCompletion, 16> completions;
    int lost = 0;
    for (std::size_t home = 0; home < 16;) {
      const std::size_t count = queue->wait(completions);
      for (const IoCompletion& completion : std::span(completions).first(count)) {
        if (completion.result < 0) {
          EXPECT_EQ(completion.result, -ENOTCONN) << one.lie;
          ++lost;
        }
      }
      home += count;
    }
    EXPECT_GT(lost, 0) << one.lie;
    const auto later = file_of(*volume).read_at(0, buffer.bytes().first(512));
    ASSERT_FALSE(later) << one.lie;
    EXPECT_THAT(later.error().line(), HasSubstr(one.reason));
    EXPECT_THAT(later.error().line(), HasSubstr("look at the server"));
    if (!volume->data_extents()) continue;
    ADD_FAILURE() << one.lie << ": extents of a lost server";
  }
}

TEST(NbdVolume, AnAnswerThatLeavesAPartOutIsNoAnswer) {
  const LyingServer server("half");
  const auto volume = must(open_nbd_volume(server.uri()));
  std::vector<std::byte> bytes(4096);
  const auto got = file_of(*volume).read_at(0, bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, std::errc::protocol_error);
  EXPECT_THAT(got.error().line(), HasSubstr("left out a part"));
}

TEST(NbdVolume, SmallReadsAndHonestAnswersAddUp) {
  for (const char* lie : {"none", "small-reads"}) {
    const LyingServer server(lie);
    const auto volume = must(open_nbd_volume(server.uri()));
    std::vector<std::byte> bytes(200'000);
    ASSERT_EQ(must(file_of(*volume).read_at(512, bytes)), bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
      ASSERT_EQ(std::to_integer<std::size_t>(bytes[i]), (512 + i) / 512 % 251) << i;
  }
}

// Nonsense about extents costs time at most: what is not promised to be zero is data.
TEST(NbdVolume, NonsenseAboutExtentsEndsAndHidesNoData) {
  const std::uint64_t size_bytes = 1 << 20;
  const ExtentList all{{0, size_bytes}};
  for (const char* lie : {"none", "empty-extents", "no-extents"}) {
    const LyingServer server(lie, size_bytes);
    EXPECT_EQ(must(must(open_nbd_volume(server.uri()))->data_extents()), all) << lie;
  }
  // These promise zeros for everything, in their odd ways. The promise counts, or (libnbd from 1.20
  // on finds some of them too odd to pass on) all is data; never anything between.
  for (const char* lie : {"one-byte-extents", "wrong-extents"}) {
    const LyingServer server(lie, 100'000);
    EXPECT_THAT(must(must(open_nbd_volume(server.uri()))->data_extents()),
                ::testing::AnyOf(ExtentList{}, ExtentList{{0, 100'000}}))
        << lie;
  }
  // One extent for each 512 bytes of 64 GiB: not listened to the end.
  const LyingServer server("endless-extents", std::uint64_t{64} << 30);
  const auto extents = must(must(open_nbd_volume(server.uri()))->data_extents());
  EXPECT_LE(extents.size(), (4u << 20) + 70'000);
  EXPECT_EQ(extents.back().end(), std::uint64_t{64} << 30);
}

TEST(NbdVolume, AServerKilledInMidStreamIsAnErrorAndNoHang) {
  NbdServer server({"--filter=delay", "pattern", "64M", "rdelay=100ms"});
  const auto volume = must(open_nbd_volume(server.uri()));
  const auto queue = std::move(must(open_queue(QueueEngine::automatic, 8)).queue);
  AlignedBuffer buffer(8 * 4096);
  for (std::size_t i = 0; i < 8; ++i)
    queue->submit({.file = &file_of(*volume),
                   .offset = i * 4096,
                   .bytes = buffer.bytes().subspan(i * 4096, 4096),
                   .tag = i});
  server.kill();
  std::array<IoCompletion, 8> completions;
  for (std::size_t home = 0; home < 8;) {
    const std::size_t count = queue->wait(completions);
    for (const IoCompletion& completion : std::span(completions).first(count))
      EXPECT_EQ(completion.result, -ENOTCONN);
    home += count;
  }
  EXPECT_THAT(volume->read(0, buffer.bytes().first(1)).error().line(),
              ::testing::ContainsRegex("the server hung up|lost the server"));
}

}  // namespace
}  // namespace tintype
