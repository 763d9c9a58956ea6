// Extraction from damaged images and from backups with holes: never wrong bytes under a file's own
// name.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>

#include "engine/image/read/image_reader.h"
#include "io/source/open_filesystem.h"
#include "support/random_bytes.h"
#include "tests/engine/extract/extract_fixture.h"
#include "tests/engine/image/chunks_elsewhere.h"
#include "verify/ese/stream/ese_log_stream.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void flip(const std::string& path, std::uint64_t offset) {
  auto bytes = test::read_file(path);
  bytes.at(offset) ^= std::byte{0x10};
  test::write_file(path, bytes);
}

// The longest piece of a file.
FileRun run_of(const ExtractOptions::Source& source, const std::string& path) {
  const ImageReader image = must(ImageReader::open(source.image));
  const ImageVolume volume(image, {});
  const auto map = must(open_filesystem_map(volume, must(probe_filesystem(volume))));
  return std::ranges::max(must(map->find({path})).at(0).runs, {}, &FileRun::length);
}

// The chunk that holds the middle of a file.
ImageRecord middle_chunk(const ExtractOptions::Source& source, const std::string& path) {
  const FileRun run = run_of(source, path);
  const ImageReader image = must(ImageReader::open(source.image));
  for (const ImageRecord& record : image.records())
    if (record.volume_offset + record.plain_bytes > run.volume_offset + run.length / 2)
      return record;
  throw std::runtime_error("no chunk");
}

class ExtractDamage : public ::testing::Test {
 protected:
  void make(Compression compression) {
    test::make_ese_sets(dir_ / "content", test::kDatabaseBytes);
    test::make_ext4_of(dir_ / "content", dir_ / "disk");
    sources_ = test::back_up({dir_ / "disk"}, dir_ / "repo",
                             {.compression = compression, .chunk_bytes = 256 << 10});
  }
  TempDir dir_;
  std::vector<ExtractOptions::Source> sources_;
  test::RecordingMonitor monitor_;
};

TEST_F(ExtractDamage, AFlippedByteMarksTheFileAndNamesThePlace) {
  for (const Compression compression : {Compression::none, Compression::lz4}) {
    make(compression);
    const ImageRecord chunk = middle_chunk(sources_[0], "DB1.edb");
    flip(sources_[0].image.path, chunk.payload_offset + chunk.stored_bytes / 2);
    const std::string out = dir_ / "out";
    const auto outcome = must(run_extract(
        {.sources = sources_, .paths = {"DB1.edb", "DB2.edb"}, .folder = out}, monitor_));
    EXPECT_FALSE(outcome.sound());
    EXPECT_TRUE(outcome.image_damaged());
    EXPECT_THAT(test::files_below(out), ElementsAre("Mailbox/DB1.edb.damaged", "Mailbox/DB2.edb"));
    const ExtractedFile& file = *test::file_of(outcome, "/Mailbox/DB1.edb");
    ASSERT_EQ(file.losses.size(), 1u);
    EXPECT_TRUE(file.losses[0].in_image);
    // Zeros there, the truth everywhere else.
    auto expected = test::read_file(dir_ / "content/Mailbox/DB1.edb");
    const Extent lost = file.losses[0].range;
    ASSERT_LE(lost.end(), expected.size());
    std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(lost.offset), lost.length,
                std::byte{});
    EXPECT_TRUE(test::read_file(out + "/Mailbox/DB1.edb.damaged") == expected);
    EXPECT_TRUE(test::read_file(out + "/Mailbox/DB2.edb") ==
                test::read_file(dir_ / "content/Mailbox/DB2.edb"));

    // As a component it is not recoverable, and says so.
    const auto component = must(run_extract(
        {.sources = sources_, .component = "DB1.edb", .folder = dir_ / "component"}, monitor_));
    EXPECT_TRUE(component.image_damaged());
    ASSERT_TRUE(component.stream);
    EXPECT_TRUE(spoils_backup(*component.stream)) << component.stream->why;
    for (const char* name : {"out", "component", "repo", "content", "disk"})
      fs::remove_all(dir_ / name);
  }
}

TEST_F(ExtractDamage, ChunksThatLieInAnotherFileAreReadAndFoundDamagedThere) {
  make(Compression::lz4);
  const ImageRecord chunk = middle_chunk(sources_[0], "DB1.edb");
  sources_[0].image = test::move_chunks(sources_[0].image, dir_ / "other");
  const ExtractOptions options{.sources = sources_, .paths = {"DB1.edb"}, .folder = dir_ / "out"};
  EXPECT_TRUE(must(run_extract(options, monitor_)).sound());
  EXPECT_TRUE(test::read_file(dir_ / "out/Mailbox/DB1.edb") ==
              test::read_file(dir_ / "content/Mailbox/DB1.edb"));
  fs::remove_all(dir_ / "out");

  const ImageReader image = must(ImageReader::open(sources_[0].image));
  const ChunkPlace place = image.chunks().place_of(chunk);
  flip(place.file->path(), place.payload_offset + chunk.stored_bytes / 2);
  const auto outcome = must(run_extract(options, monitor_));
  const ExtractedFile& file = *test::file_of(outcome, "/Mailbox/DB1.edb");
  ASSERT_EQ(file.losses.size(), 1u);
  EXPECT_THAT(file.losses[0].why, HasSubstr(fmt::format("{} is damaged at offset {}",
                                                        place.file->path(), place.payload_offset)));
}

TEST_F(ExtractDamage, DamagedMetadataAreToldThoughTheFileIsFound) {
  make(Compression::lz4);
  // Any chunk, one after another: what is extracted under its own name is right, and if anything
  // at all is missing or lost the outcome says so.
  const auto good = test::read_file(sources_[0].image.path);
  const std::size_t files_there = test::files_below(dir_ / "content").size();
  const ImageReader image = must(ImageReader::open(sources_[0].image));
  std::size_t errors = 0, findings = 0, tried = 0;
  for (const ImageRecord& record : image.records()) {
    if ((record.flags & kRecordRun) != 0 || tried++ % 3 != 0) continue;
    auto bytes = good;
    bytes.at(record.payload_offset + record.stored_bytes / 3) ^= std::byte{1};
    test::write_file(dir_ / "bad.tint", bytes);
    const std::string out = dir_ / "out";
    const auto outcome = run_extract(
        {.sources = {{dir_ / "bad.tint", ""}}, .paths = {"/"}, .folder = out}, monitor_);
    if (!outcome) {
      ++errors;
      EXPECT_EQ(outcome.error().code, std::errc::bad_message) << outcome.error().line();
      continue;
    }
    std::size_t whole = 0;
    for (const ExtractedFile& file : outcome->files)
      if (file.state == ExtractedFile::State::whole) {
        ++whole;
        EXPECT_TRUE(test::read_file(out + "/" + file.target) ==
                    test::read_file(dir_ / "content" + file.path))
            << file.path;
      }
    if (whole < files_there) {
      EXPECT_FALSE(outcome->sound());
      EXPECT_TRUE(outcome->image_damaged());
      ++findings;
    }
    fs::remove_all(out);
  }
  EXPECT_GT(findings, 0u);
  EXPECT_LE(errors, 1u) << "but for the superblock's chunk, the rest can be had";
}

TEST_F(ExtractDamage, SmallFilesThatAreLostAltogetherDoNotTakeTheRestAlong) {
  fs::create_directories(dir_ / "content");
  constexpr int kFiles = 400;
  for (int i = 0; i < kFiles; ++i)
    test::write_file(dir_ / fmt::format("content/{}", i),
                     test::random_bytes(4000, static_cast<std::uint64_t>(i)));
  fs::create_hard_link(dir_ / "content/200", dir_ / "content/other");
  test::make_ext4_of(dir_ / "content", dir_ / "disk", 16 << 20);
  sources_ = test::back_up({dir_ / "disk"}, dir_ / "repo", {.chunk_bytes = 64 << 10});
  const ImageRecord chunk = middle_chunk(sources_[0], "200");
  flip(sources_[0].image.path, chunk.payload_offset + chunk.stored_bytes / 2);
  const std::string out = dir_ / "out";
  const auto outcome =
      must(run_extract({.sources = sources_, .paths = {"/"}, .folder = out}, monitor_));
  EXPECT_TRUE(outcome.image_damaged());
  std::size_t lost = 0;
  for (const ExtractedFile& file : outcome.files) {
    EXPECT_EQ(file.problem, "");
    if (file.losses.empty()) {
      EXPECT_TRUE(test::read_file(out + "/" + file.target) ==
                  test::read_file(dir_ / "content" + file.path));
      continue;
    }
    ++lost;
    EXPECT_EQ(file.target, file.path.substr(1) + ".damaged");
    EXPECT_TRUE(test::read_file(out + "/" + file.target) == std::vector<std::byte>(4000));
  }
  EXPECT_GE(lost, 3u) << "those of one chunk";
  EXPECT_LE(lost, 18u);
  EXPECT_TRUE(fs::equivalent(out + "/200.damaged", out + "/other.damaged"));
}

TEST_F(ExtractDamage, OfSeveralVolumesThoseThatCanBeReadAreExtracted) {
  fs::create_directories(dir_ / "content");
  test::write_file(dir_ / "content/x", test::random_bytes(5000));
  for (const char* name : {"one", "two"})
    test::make_ext4_of(dir_ / "content", dir_ / name, 8 << 20);
  sources_ = test::back_up({dir_ / "one", dir_ / "two"}, dir_ / "repo");
  fs::resize_file(sources_[0].image.path, 5000);
  const auto outcome =
      must(run_extract({.sources = sources_, .paths = {"/"}, .folder = dir_ / "out"}, monitor_));
  EXPECT_FALSE(outcome.sound());
  EXPECT_TRUE(outcome.image_damaged());
  EXPECT_THAT(outcome.damage, ElementsAre(HasSubstr("nothing of one can be extracted")));
  EXPECT_THAT(test::files_below(dir_ / "out"), ElementsAre("two/x"));
}

TEST_F(ExtractDamage, ATruncatedImageIsAnError) {
  make(Compression::none);
  fs::resize_file(sources_[0].image.path, fs::file_size(sources_[0].image.path) / 2);
  const auto outcome =
      run_extract({.sources = sources_, .paths = {"/"}, .folder = dir_ / "out"}, monitor_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::bad_message);
  EXPECT_FALSE(fs::exists(dir_ / "out"));
}

TEST_F(ExtractDamage, BlocksThatABitmapCallsFreeAreContentIfAFileOwnsThem) {
  make(Compression::none);
  const FileRun run = run_of(sources_[0], "DB1.edb");
  const auto freed = test::run_command(
      fmt::format("debugfs -w -R 'freeb {} 4' {}", run.volume_offset / 4096 + 8, dir_ / "disk"));
  ASSERT_EQ(freed.exit_code, 0) << freed.output;
  const auto sources = test::back_up({dir_ / "disk"}, dir_ / "repo2");
  const auto outcome = must(
      run_extract({.sources = sources, .paths = {"DB1.edb"}, .folder = dir_ / "out"}, monitor_));
  EXPECT_TRUE(outcome.sound());
  EXPECT_TRUE(outcome.files.at(0).losses.empty());
  EXPECT_TRUE(test::read_file(dir_ / "out/Mailbox/DB1.edb") ==
              test::read_file(dir_ / "content/Mailbox/DB1.edb"));
}

}  // namespace
}  // namespace tintype
