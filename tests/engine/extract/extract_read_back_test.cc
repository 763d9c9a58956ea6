// What is extracted is read back before it gets its name, and what goes wrong in the middle ends in
// one line: a medium that changes a byte, one that is full after all, an image that cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>

#include "engine/flow/extract_flow.h"
#include "engine/flow/file_read_back_flow.h"
#include "engine/pipeline/conductor.h"
#include "engine/pipeline/serial_pass.h"
#include "hashing/endian.h"
#include "support/random_bytes.h"
#include "support/sim_queue.h"
#include "support/tiny_tmpfs.h"
#include "tests/engine/extract/extract_fixture.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::ok;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Does something at a moment of the job.
class ActingMonitor final : public JobMonitor {
 public:
  std::function<void()> before_the_pass, before_the_read_back;
  void detail(std::string_view line) override {
    if (before_the_pass && line.starts_with("memory:")) std::exchange(before_the_pass, nullptr)();
  }
  void progress(const Progress& progress) override {
    if (before_the_read_back && progress.phase == Phase::commit)
      std::exchange(before_the_read_back, nullptr)();
  }
};

class ExtractReadBack : public testing::Test {
 protected:
  ExtractReadBack() {
    fs::create_directories(dir / "content/deep");
    test::write_file(dir / "content/large", test::random_bytes(6 << 20, 1));
    test::write_file(dir / "content/deep/small", test::random_bytes(70'000, 2));
    test::write_file(dir / "content/tiny", test::random_bytes(5, 3));
    test::write_file(dir / "content/empty", {});
    test::make_ext4_of(dir / "content", dir / "disk", 32 << 20);
    sources = test::back_up({dir / "disk"}, dir / "repo");
    options = {.sources = sources, .paths = {"/"}, .folder = dir / "out"};
  }
  test::TempDir dir;
  ActingMonitor monitor;
  std::vector<ExtractOptions::Source> sources;
  ExtractOptions options;
};

TEST_F(ExtractReadBack, EveryByteIsReadBackUnlessNotWanted) {
  const auto outcome = must(run_extract(options, monitor));
  EXPECT_EQ(outcome.pass.read_back_bytes, (6u << 20) + 70'000 + 5);
  EXPECT_NE(outcome.pass.read_back, ReadBack::none);
  options.folder = dir / "other";
  options.read_back = false;
  options.pass.serial = true;
  const auto without = must(run_extract(options, monitor));
  EXPECT_EQ(without.pass.read_back, ReadBack::none);
  EXPECT_EQ(without.pass.read_back_bytes, 0u);
  for (const std::string& file : test::files_below(dir / "content"))
    for (const std::string folder : {"out/", "other/"})
      EXPECT_TRUE(test::read_file(dir / (folder + file)) ==
                  test::read_file(dir / ("content/" + file)))
          << folder << file;
}

TEST_F(ExtractReadBack, AByteThatChangedOnTheMediumLeavesNothingNamed) {
  for (const bool serial : {false, true}) {
    for (const std::uint64_t size : {6ull << 20, 70'000ull}) {
      options.pass.serial = serial;
      monitor.before_the_read_back = [&] {
        for (const auto& file : fs::directory_iterator(dir / "out/.tintype-unfinished")) {
          if (!file.is_regular_file() || file.file_size() != size) continue;
          std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
          bytes.seekg(static_cast<std::streamoff>(size - 4321));
          const char flipped = static_cast<char>(bytes.peek() ^ 4);
          bytes.seekp(static_cast<std::streamoff>(size - 4321));
          bytes.put(flipped);
        }
      };
      const auto outcome = run_extract(options, monitor);
      ASSERT_FALSE(outcome);
      EXPECT_THAT(outcome.error().line(), HasSubstr("reads back different at offset"));
      EXPECT_THAT(test::files_below(dir / "out"), IsEmpty());
    }
  }
}

TEST_F(ExtractReadBack, AMediumThatFillsUpInTheMiddleIsOneLineAndLeavesNothingNamed) {
  const auto tmpfs = test::TinyTmpfs::mount(dir / "tiny", 12 << 20);
  if (!tmpfs) GTEST_SKIP() << tmpfs.error();
  fs::create_directories(dir / "many");
  for (int i = 0; i < 40; ++i)
    test::write_file(dir / ("many/" + std::to_string(i)), test::random_bytes(150'000, 7));
  test::make_ext4_of(dir / "many", dir / "disk2", 32 << 20);
  options = {.sources = test::back_up({dir / "disk2"}, dir / "repo2"),
             .paths = {"/"},
             .folder = dir / "tiny"};
  monitor.before_the_pass = [&] {
    std::ofstream filler(dir / "tiny/filler", std::ios::binary);
    const std::vector<char> piece(1 << 16, 'f');
    while (filler.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
  };
  const auto outcome = run_extract(options, monitor);
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().line(), HasSubstr("No space left on device"));
  EXPECT_THAT(outcome.error().line(), HasSubstr("free some space"));
  EXPECT_THAT(test::files_below(dir / "tiny"), ElementsAre("filler"));
}

// EIO while the image is read: what lies there is lost and said, the rest is right.
TEST_F(ExtractReadBack, AnImageThatTheMediumDoesNotGiveIsToldPartByPart) {
  const ImageReader image = must(ImageReader::open(sources[0].image));
  std::vector<ExtractFlow::Piece> pieces;
  std::uint64_t at = 0;
  ExtentList data;
  std::vector<ImageRecord> chunks;
  for (const ImageRecord& record : image.records())
    if ((record.flags & kRecordRun) == 0) {
      pieces.push_back({record.volume_offset, record.plain_bytes, at, 0});
      chunks.push_back(record);
      at += record.plain_bytes;
    }
  ASSERT_GT(chunks.size(), 5u);
  const ImageRecord& bad = chunks[3];
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::string out = dir / ("sim" + std::to_string(seed));
    {
      const OutputTree tree = must(OutputTree::open(out));
      FileWriter writer(tree, 4096);
      ASSERT_EQ(writer.add(out + "/file", at, {{0, at}}), 0u);
      InlineChecks none;
      ExtractFlow flow(image, pieces, none, writer);
      const auto limits = conductor_limits(4, 2);
      test::SimOptions sim{.in_flight_max = limits.operations_max()};
      sim.faults.push_back({&image.file(), {bad.payload_offset, 4096}, EIO, IoKind::read});
      test::SimQueue queue(seed, sim);
      const auto executor = make_executor(2);
      const PassTick go_on = [](const PassCounters&) { return true; };
      ASSERT_TRUE(ok(run_conducted(flow, queue, *executor, limits, go_on))) << seed;
      ASSERT_EQ(flow.faults().size(), 1u);
      EXPECT_EQ(flow.faults()[0].why, "the medium does not give the stored bytes");
      EXPECT_EQ(flow.faults()[0].file_range.length, bad.plain_bytes);
      must(writer.finish());
      must(tree.sync());
      FileReadBackFlow read_back(writer.take_parts(), writer);
      EXPECT_EQ(read_back.total_bytes(), at - bad.plain_bytes);
      ASSERT_TRUE(ok(run_serially(read_back, go_on)));
    }
    fs::remove_all(out);
  }
}

// As EFS leaves it: the $DATA attribute says encrypted.
TEST(ExtractEncrypted, AnEncryptedFileIsToldAndNotGivenOutAsPlain) {
  const test::TempDir dir;
  test::make_ntfs(dir / "disk", {.bytes = 16 << 20});
  test::write_file(dir / "host", test::random_bytes(50'000, 5));
  test::put_into_ntfs(dir / "disk", dir / "host", "/secret");
  test::put_into_ntfs(dir / "disk", dir / "host", "/plain");
  auto disk = test::read_file(dir / "disk");
  const std::u16string name = u"secret";
  int marked = 0;
  for (std::size_t record = 0; record + 1024 <= disk.size(); record += 1024) {
    const auto bytes = std::span(disk).subspan(record, 1024);
    if (std::memcmp(bytes.data(), "FILE", 4) != 0) continue;
    const auto found =
        std::search(bytes.begin(), bytes.end(), reinterpret_cast<const std::byte*>(name.data()),
                    reinterpret_cast<const std::byte*>(name.data() + name.size()));
    if (found == bytes.end()) continue;
    for (std::size_t attribute = load_le<std::uint16_t>(bytes, 0x14); attribute + 16 < 1024;) {
      const auto type = load_le<std::uint32_t>(bytes, attribute);
      if (type == 0xFFFFFFFF) break;
      if (type == 0x80) {
        bytes[attribute + 13] |= std::byte{0x40};
        ++marked;
      }
      attribute += load_le<std::uint32_t>(bytes, attribute + 4);
    }
  }
  ASSERT_EQ(marked, 1);
  test::write_file(dir / "disk", disk);
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  test::RecordingMonitor monitor;
  const auto outcome =
      must(run_extract({.sources = sources, .paths = {"/"}, .folder = dir / "out"}, monitor));
  EXPECT_FALSE(outcome.sound());
  EXPECT_THAT(test::files_below(dir / "out"), ElementsAre("plain"));
  ASSERT_NE(test::file_of(outcome, "/secret"), nullptr);
  EXPECT_THAT(test::file_of(outcome, "/secret")->problem, HasSubstr("encrypted"));
}

}  // namespace
}  // namespace tintype
