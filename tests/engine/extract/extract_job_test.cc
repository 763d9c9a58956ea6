// Files out of images of real file systems, against what the file systems' own programs read.
#include "engine/extract/extract_job.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>

#include "support/random_bytes.h"
#include "support/tiny_tmpfs.h"
#include "tests/engine/extract/extract_fixture.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

BackupOptions variant(Compression compression, bool stock) {
  return {.compression = compression, .chunk_bytes = 256 << 10, .stock = stock};
}

timespec time_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mtim;
}

TEST(ExtractJob, Ext4FilesAreWhatDebugfsReadsHoweverTheImageWasMade) {
  const TempDir dir;
  test::make_ese_sets(dir / "content", test::kDatabaseBytes);
  test::write_file(dir / "content/small.txt", std::vector<std::byte>(777, std::byte{'s'}));
  test::write_file(dir / "content/empty", {});
  fs::create_symlink("small.txt", dir / "content/link.txt");
  test::make_ext4_of(dir / "content", dir / "disk");
  const std::string dump = dir / "dump.edb";
  const auto debugfs =
      test::run_command("debugfs -R 'dump /Mailbox/DB1.edb " + dump + "' " + (dir / "disk"));
  ASSERT_EQ(debugfs.exit_code, 0) << debugfs.output;
  const auto expected = test::read_file(dump);
  ASSERT_EQ(expected.size(), test::kDatabaseBytes);

  int number = 0;
  for (const Compression compression : {Compression::none, Compression::lz4})
    for (const bool stock : {false, true})
      for (const bool serial : {false, true}) {
        const std::string out = dir / ("out" + std::to_string(++number));
        const auto sources =
            test::back_up({dir / "disk"}, dir / "repo", variant(compression, stock));
        test::RecordingMonitor monitor;
        ExtractOptions options{
            .sources = sources, .paths = {"DB1.edb", "/small.txt", "empty"}, .folder = out};
        options.sources[0].volume = "";
        options.pass.serial = serial;
        const auto outcome = must(run_extract(options, monitor));
        EXPECT_TRUE(outcome.sound());
        EXPECT_THAT(test::files_below(out), ElementsAre("Mailbox/DB1.edb", "empty", "small.txt"));
        EXPECT_TRUE(test::read_file(out + "/Mailbox/DB1.edb") == expected);
        EXPECT_TRUE(test::read_serially(sources[0].image.path, "/Mailbox/DB1.edb") == expected);
        EXPECT_EQ(test::read_file(out + "/small.txt").size(), 777u);
        const timespec was = time_of(dir / "content/Mailbox/DB1.edb");
        const timespec is = time_of(out + "/Mailbox/DB1.edb");
        EXPECT_EQ(is.tv_sec, was.tv_sec);
        // One database of four: the others' chunks are not read.
        EXPECT_LT(outcome.pass.read_bytes, 2 * test::kDatabaseBytes);
      }
}

TEST(ExtractJob, AFragmentedNtfsFileIsWhatNtfs3gReads) {
  const TempDir dir;
  test::make_ese_sets(dir / "content", test::kDatabaseBytes);
  const auto database = test::read_file(dir / "content/Mailbox/DB1.edb");
  for (const std::uint32_t cluster_bytes : {512u, 4096u}) {
    SCOPED_TRACE(cluster_bytes);
    const std::string disk = dir / ("disk" + std::to_string(cluster_bytes));
    test::make_ntfs(disk, {.bytes = 32 << 20, .cluster_bytes = cluster_bytes});
    {
      TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(disk));
      fs::create_directory(mount / "Mailbox");
      fs::copy(dir / "content/Mailbox/DB2.edb", mount / "Mailbox");
      test::write_fragmented(mount.path(), "DB1.edb", database,
                             (cluster_bytes == 512 ? 65 : 5) * cluster_bytes);
      fs::rename(mount / "DB1.edb", mount / "Mailbox/DB1.edb");
      test::write_file(mount / "resident", std::vector<std::byte>(300, std::byte{'r'}));
      // Sparse, with an unaligned tail.
      test::write_file(mount / "sparse", test::random_bytes(5000, 1));
      fs::resize_file(mount / "sparse", (3 << 20) + 17);
    }
    const auto sources = test::back_up({disk}, dir / "repo", variant(Compression::lz4, false));
    TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(disk, "ro"));
    for (const unsigned depth : {1u, 16u}) {
      const std::string out = dir / ("out" + std::to_string(cluster_bytes + depth));
      test::RecordingMonitor monitor;
      ExtractOptions options{.sources = sources, .paths = {"/"}, .folder = out};
      options.pass.io_depth = depth;
      const auto outcome = must(run_extract(options, monitor));
      EXPECT_TRUE(outcome.sound());
      EXPECT_THAT(test::files_below(out),
                  ElementsAre("Mailbox/DB1.edb", "Mailbox/DB2.edb", "resident", "sparse"));
      for (const std::string file :
           {"/Mailbox/DB1.edb", "/Mailbox/DB2.edb", "/resident", "/sparse"}) {
        EXPECT_TRUE(test::read_file(out + file) == test::read_file(mount.path() + file)) << file;
        EXPECT_EQ(time_of(out + file).tv_sec, time_of(mount.path() + file).tv_sec) << file;
      }
      EXPECT_TRUE(test::read_file(out + "/Mailbox/DB1.edb") == database);
    }
  }
}

TEST(ExtractJob, FoldersGlobsAndLiteralNamesChooseFiles) {
  const TempDir dir;
  for (const char* path : {"a/one.txt", "a/b/two.txt", "c/one.txt", "c/odd[1].txt", "c/odd1.txt"}) {
    fs::create_directories(fs::path(dir / "content" + std::string("/") + path).parent_path());
    test::write_file(dir / "content/" + path, std::vector<std::byte>(10));
  }
  test::make_ext4_of(dir / "content", dir / "disk", 16 << 20);
  auto sources = test::back_up({dir / "disk"}, dir / "repo");
  sources[0].volume = "";
  const auto chosen = [&](std::vector<std::string> paths) {
    test::RecordingMonitor monitor;
    const auto outcome = must(run_extract(
        {.sources = sources, .paths = std::move(paths), .folder = dir / "none", .dry_run = true},
        monitor));
    std::vector<std::string> targets;
    for (const ExtractedFile& file : outcome.files) targets.push_back(file.target);
    return targets;
  };
  EXPECT_THAT(chosen({"/a"}), ElementsAre("a/b/two.txt", "a/one.txt"));
  EXPECT_THAT(chosen({"/a/"}), ElementsAre("a/b/two.txt", "a/one.txt"));
  EXPECT_THAT(chosen({"B"}), ElementsAre("a/b/two.txt"));
  EXPECT_THAT(chosen({"one.txt"}), ElementsAre("a/one.txt", "c/one.txt"));
  EXPECT_THAT(chosen({"/a/*.txt"}), ElementsAre("a/one.txt"));
  EXPECT_THAT(chosen({"/c/odd[1].txt"}), ElementsAre("c/odd1.txt", "c/odd[1].txt"));
  EXPECT_EQ(chosen({"/"}).size(), 5u);
  EXPECT_FALSE(fs::exists(dir / "none")) << "a dry run writes nothing";

  test::RecordingMonitor monitor;
  const auto missing = run_extract(
      {.sources = sources, .paths = {"/a", "nowhere"}, .folder = dir / "none"}, monitor);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().line(), HasSubstr("no file fits nowhere"));
  EXPECT_FALSE(fs::exists(dir / "none"));
  EXPECT_TRUE(test::ok(
      run_extract({.sources = sources, .paths = {"/lost+found"}, .folder = dir / "none"}, monitor)))
      << "a folder without a file is a folder";
  EXPECT_TRUE(fs::is_directory(dir / "none/lost+found"));
}

TEST(ExtractJob, WhatExistsStaysUnlessAskedFor) {
  const TempDir dir;
  fs::create_directories(dir / "content");
  test::write_file(dir / "content/x", std::vector<std::byte>(10, std::byte{1}));
  test::make_ext4_of(dir / "content", dir / "disk", 16 << 20);
  auto sources = test::back_up({dir / "disk"}, dir / "repo");
  sources[0].volume = "";
  fs::create_directories(dir / "out");
  test::write_file(dir / "out/x", std::vector<std::byte>(3));
  test::RecordingMonitor monitor;
  ExtractOptions options{.sources = sources, .paths = {"x"}, .folder = dir / "out"};
  const auto refused = run_extract(options, monitor);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("exists"));
  EXPECT_EQ(test::read_file(dir / "out/x").size(), 3u);
  options.overwrite = true;
  EXPECT_TRUE(must(run_extract(options, monitor)).sound());
  EXPECT_EQ(test::read_file(dir / "out/x").size(), 10u);
}

TEST(ExtractJob, SeveralVolumesComeToFoldersOfTheirNames) {
  const TempDir dir;
  std::vector<std::string> disks;
  for (const std::string name : {"one", "two"}) {
    fs::create_directories(dir / ("content-" + name));
    test::write_file(dir / ("content-" + name + "/x"),
                     std::vector<std::byte>(name == "one" ? 1 : 2));
    test::make_ext4_of(dir / ("content-" + name), dir / name, 16 << 20);
    disks.push_back(dir / name);
  }
  const auto sources = test::back_up(disks, dir / "repo");
  test::RecordingMonitor monitor;
  const auto outcome =
      must(run_extract({.sources = sources, .paths = {"x"}, .folder = dir / "out"}, monitor));
  EXPECT_TRUE(outcome.sound());
  EXPECT_THAT(test::files_below(dir / "out"), ElementsAre("one/x", "two/x"));
  EXPECT_EQ(fs::file_size(dir / "out/two/x"), 2u);
}

TEST(ExtractJob, HostileNamesStayInTheFolder) {
  const TempDir dir;
  test::make_ntfs(dir / "disk", {.bytes = 16 << 20});
  std::string long_name;
  for (int i = 0; i < 80; ++i) long_name += "\xE9\x83\xB5";
  {
    TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(dir / "disk"));
    for (const std::string& name :
         {std::string("a\\..\\..\\b"), std::string("line\nbreak"), std::string("esc\x1b[31m"),
          std::string("-rf"), std::string("CON"), std::string("x."), std::string(".damaged"),
          long_name, std::string(".tintype-unfinished")})
      test::write_file(mount / name, test::random_bytes(2000, 3));
  }
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  fs::create_directories(dir / "parent/out");
  test::RecordingMonitor monitor;
  ExtractOptions options{.sources = sources, .paths = {"/"}, .folder = dir / "parent/out"};
  const auto outcome = must(run_extract(options, monitor));
  EXPECT_TRUE(outcome.sound());
  EXPECT_EQ(test::files_below(dir / "parent/out").size(), 9u);
  EXPECT_EQ(test::files_below(dir / "parent").size(), 9u) << "nothing beside the folder";
  EXPECT_TRUE(fs::exists(dir / "parent/out/.tintype-unfinished~"));
  for (const std::string& file : test::files_below(dir / "parent/out"))
    EXPECT_EQ(fs::file_size(dir / "parent/out/" + file), 2000u) << file;
}

TEST(ExtractJob, CompressedFilesAndLinksAreToldAndTheRestGoesOn) {
  const TempDir dir;
  test::make_ntfs(dir / "disk", {.bytes = 16 << 20});
  {
    TINTYPE_MOUNT(mount, test::MountedVolume::ntfs(dir / "disk", "compression"));
    fs::create_directory(mount / "packed");
    test::set_ntfs_attributes(mount / "packed", 0x810);
    test::write_file(mount / "packed/text", std::vector<std::byte>(200'000, std::byte{'c'}));
    test::write_file(mount / "plain", std::vector<std::byte>(200'000, std::byte{'p'}));
    test::write_file(mount / "cloud", std::vector<std::byte>(100'000, std::byte{'?'}));
    test::set_ntfs_reparse_point(mount / "cloud", 0x9000001A);
  }
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  test::RecordingMonitor monitor;
  const auto outcome =
      must(run_extract({.sources = sources, .paths = {"/"}, .folder = dir / "out"}, monitor));
  EXPECT_FALSE(outcome.sound());
  EXPECT_FALSE(outcome.image_damaged());
  EXPECT_THAT(test::files_below(dir / "out"), ElementsAre("plain"));
  ASSERT_NE(test::file_of(outcome, "/packed/text"), nullptr);
  EXPECT_THAT(test::file_of(outcome, "/packed/text")->problem, HasSubstr("compressed"));
  EXPECT_THAT(test::file_of(outcome, "/cloud")->problem, HasSubstr("link"));
}

TEST(ExtractJob, AFullTargetEndsInOneErrorAndLeavesNothing) {
  const TempDir dir;
  test::make_ese_sets(dir / "content", test::kDatabaseBytes);
  test::make_ext4_of(dir / "content", dir / "disk");
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  const auto tmpfs_result = test::TinyTmpfs::mount(dir / "full", 2 << 20);
  if (!tmpfs_result) GTEST_SKIP() << tmpfs_result.error();
  test::RecordingMonitor monitor;
  ExtractOptions options{.sources = sources, .paths = {"DB1.edb"}, .folder = dir / "full"};
  const auto refused = run_extract(options, monitor);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().line(), HasSubstr("has room for"));
  EXPECT_TRUE(fs::is_empty(dir / "full"));
}

TEST(ExtractJob, SmallFilesOfZerosAloneAreThere) {
  const TempDir dir;
  fs::create_directories(dir / "content");
  // Next to each other, so that a chunk has nothing but zeros, and is none in the image.
  for (int i = 0; i < 100; ++i)
    test::write_file(dir / fmt::format("content/{}", i), std::vector<std::byte>(20'000));
  test::make_ext4_of(dir / "content", dir / "disk", 16 << 20);
  const auto sources = test::back_up({dir / "disk"}, dir / "repo", {.chunk_bytes = 64 << 10});
  test::RecordingMonitor monitor;
  EXPECT_TRUE(
      must(run_extract({.sources = sources, .paths = {"/"}, .folder = dir / "out"}, monitor))
          .sound());
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(fs::file_size(dir / fmt::format("out/{}", i)), 20'000u) << i;
}

TEST(ExtractJob, StopsOnRequestAndLeavesNothing) {
  const TempDir dir;
  fs::create_directories(dir / "content");
  test::write_file(dir / "content/x", test::random_bytes(5 << 20));
  test::make_ext4_of(dir / "content", dir / "disk", 16 << 20);
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  test::RecordingMonitor monitor;
  monitor.stop_requested = true;
  const auto outcome =
      run_extract({.sources = sources, .paths = {"x"}, .folder = dir / "out"}, monitor);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, std::errc::operation_canceled);
  EXPECT_TRUE(fs::is_empty(dir / "out"));
}

TEST(ExtractJob, ManySmallFilesTakeOnePass) {
  const TempDir dir;
  constexpr int kFiles = 5000;
  // In folders: mke2fs looks through a whole folder for each name it adds.
  const auto name_of = [](int i) { return fmt::format("many/{}/{}", i / 100, i); };
  for (int i = 0; i < kFiles; ++i) {
    if (i % 100 == 0) fs::create_directories(dir / ("content/many/" + std::to_string(i / 100)));
    test::write_file(
        dir / ("content/" + name_of(i)),
        test::random_bytes(static_cast<std::size_t>(1 + i % 9000), static_cast<std::uint64_t>(i)));
  }
  test::make_ext4_of(dir / "content", dir / "disk", 128 << 20);
  const auto sources = test::back_up({dir / "disk"}, dir / "repo");
  test::RecordingMonitor monitor;
  // Deleting so many synced files again takes longer on some disks than all else here.
  const auto tmpfs_result = test::TinyTmpfs::mount(dir / "out", 128 << 20);
  const auto started = std::chrono::steady_clock::now();
  const auto outcome =
      must(run_extract({.sources = sources, .paths = {"/many"}, .folder = dir / "out"}, monitor));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  EXPECT_TRUE(outcome.sound());
  ASSERT_EQ(outcome.files.size(), std::size_t{kFiles});
  const ImageReader image = must(ImageReader::open(sources[0].image));
  EXPECT_LE(outcome.pass.reads, image.records().size()) << "a chunk was read twice";
  for (int i = 0; i < kFiles; i += 97)
    EXPECT_TRUE(test::read_file(dir / ("out/" + name_of(i))) ==
                test::read_file(dir / ("content/" + name_of(i))));
  EXPECT_LT(took.count(), 20) << "seconds";
  std::printf("%d files in %.2f s, pass %.2f s\n", kFiles, took.count(), outcome.pass.seconds);
}

}  // namespace
}  // namespace tintype
