// One flipped bit anywhere in a set's image: the verification sees it, and whoever gives bytes of
// it gives the right ones or an error. TINTYPE_FLIPS says how many bits are tried.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/extract/extract_job.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/backup_job.h"
#include "engine/job/verify_job.h"
#include "engine/repository/repository.h"
#include "engine/restore/restore_job.h"
#include "support/expect_ok.h"
#include "support/make_repository.h"
#include "support/random_bytes.h"
#include "support/temp_dir.h"
#include "support/volume_maker.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using test::must;

class RottenImage : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(dir_ / "files/folder");
    test::write_file(dir_ / "files/noise", test::random_bytes(150'000, 1));
    test::write_file(dir_ / "files/folder/text", std::vector<std::byte>(120'000, std::byte{'x'}));
    test::make_ext(dir_ / "v", 2 << 20, "-t ext4 -b 1024 -O ^has_journal -d " + (dir_ / "files"));
    BackupOptions options;
    options.volumes = {{dir_ / "v", ""}};
    options.repository = test::repository_at(dir_ / "repo");
    options.chunk_bytes = kChunkBytesMin;
    const auto made = must(run_backup(options, monitor_));
    const auto set = must(must(Repository::open(options.repository)).find(made.manifest.name));
    source_ = image_in(set, set.manifest.volumes.at(0));
    ASSERT_TRUE(test::ok(run_restore({.image = source_, .target = dir_ / "truth"}, monitor_)));
    truth_ = test::read_file(dir_ / "truth");
  }

  void flip(std::uint64_t bit) const {
    std::fstream file(source_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(bit / 8));
    const int byte = file.get() ^ (1 << bit % 8);
    file.seekp(static_cast<std::streamoff>(bit / 8));
    file.put(static_cast<char>(byte));
  }

  // What serve, mount and export give: every byte right, or an error.
  void read_at_random(const std::string& what) {
    const auto image = ImageReader::open(source_);
    if (!image) return;
    const ImageVolume volume(*image, {.cache_bytes = kMetadataCacheBytes});
    std::vector<std::byte> bytes(kChunkBytesMin);
    for (std::uint64_t at = 0; at < truth_.size(); at += bytes.size()) {
      const auto piece = std::span(bytes).first(std::min(bytes.size(), truth_.size() - at));
      if (!volume.read(at, piece)) continue;
      ASSERT_TRUE(
          std::equal(piece.begin(), piece.end(), truth_.begin() + static_cast<std::ptrdiff_t>(at)))
          << what;
    }
  }

  void restore_and_extract(const std::string& what) {
    fs::remove_all(dir_ / "out");
    fs::create_directories(dir_ / "out");
    const bool restored =
        run_restore({.image = source_, .target = dir_ / "out/t", .read_back = false}, monitor_)
            .has_value();
    EXPECT_TRUE(!restored || test::read_file(dir_ / "out/t") == truth_) << what;
    ExtractOptions extract;
    extract.sources = {{source_, "v", std::nullopt}};
    extract.paths = {"/"};
    extract.folder = dir_ / "out/d";
    extract.read_back = false;
    const auto extracted = run_extract(extract, monitor_);
    if (!extracted || !extracted->sound()) return;
    for (const char* name : {"noise", "folder/text"})
      EXPECT_EQ(test::read_file(extract.folder + "/" + name),
                test::read_file((dir_ / "files/") + name))
          << what;
  }

  test::TempDir dir_;
  JobMonitor monitor_;
  ImageSource source_;
  std::vector<std::byte> truth_;
};

TEST_F(RottenImage, NoFlippedBitIsSilent) {
  const char* const asked = std::getenv("TINTYPE_FLIPS");
  const int flips = asked == nullptr ? 300 : std::atoi(asked);
  const std::uint64_t bits = 8 * fs::file_size(source_.path);
  std::mt19937_64 random(17);
  for (int i = 0; i < flips; ++i) {
    const std::uint64_t bit = random() % bits;
    const std::string what = "bit " + std::to_string(bit);
    flip(bit);
    const auto verified = run_verify({.image = source_}, monitor_);
    EXPECT_TRUE(!verified || !verified->faults.empty()) << what << " was not seen";
    EXPECT_TRUE(verified || verified.error().code == std::errc::bad_message) << what;
    read_at_random(what);
    restore_and_extract(what);
    flip(bit);
  }
  EXPECT_TRUE(must(run_verify({.image = source_}, monitor_)).faults.empty());
}

}  // namespace
}  // namespace tintype
