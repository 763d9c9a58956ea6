// Images whose chunks are sealed: written by the backup's flow, read by every job, found changed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/flow/backup_flow.h"
#include "engine/image/chunk_bytes.h"
#include "engine/image/read/image_volume.h"
#include "engine/job/pass.h"
#include "engine/job/verify_job.h"
#include "engine/restore/restore_job.h"
#include "tests/engine/flow/patchwork.h"
#include "tests/engine/image/xor_sealer.h"

namespace tintype {
namespace {

using test::must;
using test::XorSealer;

class SealedBackup : public testing::TestWithParam<Compression> {
 protected:
  SealedBackup() {
    test::write_file(dir_ / "volume", content_);
    volume_ = must(open_raw_volume(dir_ / "volume"));
  }

  // As a backup does; by the serial twin, or overlapped.
  ImageSource back_up(const std::string& name, const ChunkSealer& sealer, bool serial) {
    const ExtentList whole{{0, volume_->size_bytes()}};
    const File image = must(File::create(dir_ / name, Caching::direct_if_possible));
    CapturePlan plan(volume_->size_bytes(), kChunkBytesMin, whole, whole);
    ImageLayout layout({.volume_bytes = volume_->size_bytes(),
                        .chunk_bytes = kChunkBytesMin,
                        .seal_bytes = sealer.seal_bytes()});
    InlineChecks none;
    BackupFlow flow(*volume_, plan, none, layout, image,
                    {.compression = GetParam(), .sealer = sealer});
    PassOutcome outcome;
    must(run_pass(flow, {.serial = serial}, {name, content_.size()}, monitor_, outcome));
    flow.end_volume();
    must(flow.finish({.volume_name = "w", .captured = whole, .report_json = "{}"}));
    return ImageSource(dir_ / name);
  }
  ImageSource sealed(std::uint64_t key = kKey) {
    ImageSource source(dir_ / "sealed");
    if (!std::filesystem::exists(source.path)) source = back_up("sealed", XorSealer(kKey), false);
    source.sealer = std::make_shared<const XorSealer>(key);
    return source;
  }
  VerifyOutcome verify(const ImageSource& image, bool decode = true) {
    return must(run_verify({.image = image, .decode = decode}, monitor_));
  }

  static constexpr std::uint64_t kKey = 7;
  test::TempDir dir_;
  JobMonitor monitor_;
  const std::vector<std::byte> content_ = test::patchwork((5 << 20) + 512 * 3, 9);
  std::unique_ptr<Volume> volume_;
};

TEST_P(SealedBackup, EveryJobGivesBackWhatWasSealed) {
  const ImageSource image = sealed();
  EXPECT_TRUE(verify(image).faults.empty());
  ASSERT_TRUE(test::ok(run_restore({.image = image, .target = dir_ / "restored"}, monitor_)));
  EXPECT_TRUE(test::read_file(dir_ / "restored") == content_);

  const ImageReader reader = must(ImageReader::open(image));
  const ImageVolume volume(reader, {});
  std::vector<std::byte> read(content_.size());
  must(volume.read(0, read));
  EXPECT_TRUE(read == content_);
}

TEST_P(SealedBackup, TheSerialTwinWritesTheSameBytes) {
  static_cast<void>(back_up("serial", XorSealer(kKey), true));
  EXPECT_TRUE(test::read_file(dir_ / "serial") == test::read_file(sealed().path));
}

TEST_P(SealedBackup, NothingOfTheVolumeStandsInTheFile) {
  const auto image = test::read_file(sealed().path);
  const auto clear = test::read_file(back_up("clear", kNoSealer, false).path);
  const std::string_view canary = "snapshot snapshot";
  const auto holds = [&](const std::vector<std::byte>& bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.find(canary) != std::string_view::npos;
  };
  EXPECT_FALSE(holds(image));
  EXPECT_TRUE(holds(clear));
}

TEST_P(SealedBackup, StoredBytesAreVerifiedWithoutTheKey) {
  EXPECT_TRUE(verify(sealed(kKey + 1), /*decode=*/false).faults.empty());
}

TEST_P(SealedBackup, WithAnotherKeyEachChunkIsAFaultAndNothingIsRestored) {
  const VerifyOutcome outcome = verify(sealed(kKey + 1));
  EXPECT_EQ(outcome.faults.size(), outcome.chunks);
  for (const ImageFault& fault : outcome.faults) EXPECT_EQ(fault.kind, ImageFaultKind::seal);
  const auto restored =
      run_restore({.image = sealed(kKey + 1), .target = dir_ / "restored"}, monitor_);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, std::errc::bad_message);
}

TEST_P(SealedBackup, WithoutASealerTheImageIsRefused) {
  EXPECT_FALSE(ImageReader::open(ImageSource(sealed().path)));
}

TEST_P(SealedBackup, AChunkThatPassesForAnotherIsFound) {
  const ImageReader reader = must(ImageReader::open(sealed()));
  const auto bytes = test::read_file(reader.file().path());
  const auto chunk = std::ranges::find_if(
      reader.records(), [](const ImageRecord& r) { return (r.flags & kRecordRun) == 0; });
  ASSERT_NE(chunk, reader.records().end());
  std::vector<std::byte> plain(chunk->plain_bytes);
  const auto open = [&](const ImageRecord& record) {
    auto payload = std::vector(
        bytes.begin() + static_cast<std::ptrdiff_t>(record.payload_offset),
        bytes.begin() + static_cast<std::ptrdiff_t>(record.payload_offset + record.stored_bytes));
    return reader.open_chunk(record, payload, plain);
  };
  EXPECT_EQ(open(*chunk), ChunkFault::none);
  ImageRecord moved = *chunk;  // every digest is right
  moved.volume_offset += kChunkBytesMin;
  EXPECT_EQ(open(moved), ChunkFault::seal);
}

INSTANTIATE_TEST_SUITE_P(Compressions, SealedBackup,
                         testing::Values(Compression::none, Compression::lz4));

}  // namespace
}  // namespace tintype
