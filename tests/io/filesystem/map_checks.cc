#include "tests/io/filesystem/map_checks.h"
#include "io/source/open_filesystem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "hashing/xxh3.h"
#include "io/volume/raw_volume.h"
#include "support/expect_ok.h"
#include "support/random_bytes.h"

namespace tintype::test {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

// Volumes in memory, where there is such a place: mounting and unmounting syncs often, and these
// tests are about bytes, not disks. TMPDIR says otherwise.
class ImagesInMemory : public ::testing::Environment {
  void SetUp() override {
    std::error_code none;
    if (std::filesystem::space("/dev/shm", none).available > (std::uintmax_t{4} << 30))
      ::setenv("TMPDIR", "/dev/shm", 0);
  }
};
[[maybe_unused]] const auto* const kImagesInMemory =
    ::testing::AddGlobalTestEnvironment(new ImagesInMemory);

// In pieces: sparse files are large.
void expect_same_content(const FilesystemMap& map, const FileEntry& file, const std::string& path) {
  const File other = must(File::open_source(path, Caching::page_cache));
  ASSERT_EQ(other.geometry().size_bytes, file.size_bytes) << file.path;
  std::vector<std::byte> ours(kPieceBytes), theirs(kPieceBytes);
  for (std::uint64_t at = 0; at < file.size_bytes; at += kPieceBytes) {
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.size_bytes - at));
    ASSERT_TRUE(ok(map.read(file, at, std::span(ours).first(part)))) << file.path;
    ASSERT_EQ(must(other.read_at(at, std::span(theirs).first(part))), part) << file.path;
    ASSERT_TRUE(
        std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(part), theirs.begin()))
        << file.path << " differs near " << at;
  }
}

}  // namespace

MappedVolume map_image(const std::string& image) {
  MappedVolume mapped;
  mapped.volume = must(open_raw_volume(image));
  const FilesystemProbe probe = must(probe_filesystem(*mapped.volume));
  mapped.map = must(open_filesystem_map(*mapped.volume, probe));
  if (mapped.map == nullptr) throw std::runtime_error("no map for " + probe.type);
  return mapped;
}

std::vector<FileEntry> all_files(const FilesystemMap& map) {
  return must(map.find({"**"}));
}

FileEntry only_file(const FilesystemMap& map, const std::string& glob) {
  std::vector<FileEntry> files = must(map.find({glob}));
  if (files.size() != 1)
    throw std::runtime_error(glob + " finds " + std::to_string(files.size()) + " files");
  return std::move(files.front());
}

std::vector<std::byte> content_of(const FilesystemMap& map, const FileEntry& file) {
  std::vector<std::byte> bytes(file.size_bytes);
  must(map.read(file, 0, bytes));
  return bytes;
}

void expect_same_files(const FilesystemMap& map, const std::string& mount) {
  std::map<std::uint64_t, std::vector<std::string>> paths;  // by inode
  for (const auto& item : std::filesystem::recursive_directory_iterator(mount)) {
    struct stat status = {};
    ASSERT_EQ(::lstat(item.path().c_str(), &status), 0);
    if (S_ISREG(status.st_mode))
      paths[status.st_ino].push_back(item.path().string().substr(mount.size()));
  }
  for (const FileEntry& file : all_files(map)) {
    const auto found = paths.find(file.id);
    ASSERT_NE(found, paths.end()) << file.path << " is not there, or was found twice";
    EXPECT_THAT(found->second, ::testing::Contains(file.path));
    EXPECT_EQ(file.problem, "") << file.path;
    EXPECT_EQ(file.size_bytes, std::filesystem::file_size(mount + file.path)) << file.path;
    if (file.storage == FileStorage::runs || file.storage == FileStorage::resident)
      expect_same_content(map, file, mount + file.path);
    paths.erase(found);
  }
  for (const auto& [inode, names] : paths) ADD_FAILURE() << names.front() << " was not found";
}

bool covers(const ExtentList& extents, const Extent& range) {
  return total_bytes(intersection(extents, {range})) == range.length;
}

void expect_sound_runs(const MappedVolume& mapped) {
  const ExtentList& allocated = mapped.map->allocated();
  EXPECT_EQ(normalized(allocated), allocated);
  EXPECT_LE(allocated.back().end(), mapped.volume->size_bytes());
  ExtentList ranges;
  std::vector<FilesystemMap::Owner> expected;
  for (const FileEntry& file : all_files(*mapped.map)) {
    std::uint64_t file_end = 0;
    for (const FileRun& run : file.runs) {
      EXPECT_GT(run.length, 0u) << file.path;
      EXPECT_GE(run.file_offset, file_end) << file.path;
      file_end = run.file_offset + run.length;
      EXPECT_TRUE(covers(allocated, {run.volume_offset, run.length})) << file.path;
      const std::uint64_t into = run.length / 2;
      ranges.push_back({run.volume_offset + into, 1});
      expected.push_back({file.path, run.file_offset + into});
    }
    EXPECT_LE(file_end, file.valid_bytes) << file.path;
  }
  const auto owners = must(mapped.map->owners(ranges));
  ASSERT_EQ(owners.size(), expected.size());
  for (std::size_t i = 0; i < owners.size(); ++i) {
    EXPECT_EQ(owners[i].path, expected[i].path);
    EXPECT_EQ(owners[i].file_offset, expected[i].file_offset) << owners[i].path;
  }
}

void expect_free_is_free(const std::string& image) {
  const MappedVolume before = map_image(image);
  const auto digest_of = [](const FilesystemMap& map, const FileEntry& file) {
    if (file.storage == FileStorage::compressed || file.size_bytes > (64u << 20))
      return Digest128{};
    return xxh3_128(content_of(map, file));
  };
  std::vector<FileEntry> files = all_files(*before.map);
  std::vector<Digest128> digests;
  for (const FileEntry& file : files) digests.push_back(digest_of(*before.map, file));

  const File target = must(File::open_target(image, Caching::page_cache));
  const auto garbage = random_bytes(kPieceBytes);
  std::uint64_t at = 0;
  const auto fill_to = [&](std::uint64_t end) {
    for (; at < end; at += std::min<std::uint64_t>(kPieceBytes, end - at))
      must(target.write_at(at, std::span(garbage).first(static_cast<std::size_t>(
                                   std::min<std::uint64_t>(kPieceBytes, end - at)))));
  };
  for (const Extent& extent : before.map->allocated()) {
    fill_to(extent.offset);
    at = extent.end();
  }
  fill_to(before.volume->size_bytes());

  const MappedVolume after = map_image(image);
  EXPECT_EQ(after.map->allocated(), before.map->allocated());
  const std::vector<FileEntry> files_after = all_files(*after.map);
  ASSERT_EQ(files_after.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(files_after[i].path, files[i].path);
    EXPECT_EQ(files_after[i].runs, files[i].runs) << files[i].path;
    EXPECT_EQ(digest_of(*after.map, files_after[i]), digests[i]) << files[i].path;
  }
}

}  // namespace tintype::test
