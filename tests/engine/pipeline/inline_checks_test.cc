#include "engine/pipeline/inline_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "coverage_check.h"
#include "support/random_bytes.h"

namespace tintype {
namespace {

using test::CoverageCheck;

// A file cut into extents that lie scattered on a volume, streamed chunk by chunk.
class ScatteredFile {
 public:
  ScatteredFile(std::mt19937_64& random, std::uint64_t valid_bytes, std::uint64_t file_bytes,
                std::uint32_t cluster_bytes)
      : content_(file_bytes), volume_(4 * file_bytes / cluster_bytes * cluster_bytes + 65536) {
    const auto noise = test::random_bytes(volume_.size(), random());
    std::copy(noise.begin(), noise.end(), volume_.begin());
    std::vector<std::uint64_t> clusters(volume_.size() / cluster_bytes);
    for (std::size_t i = 0; i < clusters.size(); ++i) clusters[i] = i;
    std::shuffle(clusters.begin(), clusters.end(), random);
    for (std::uint64_t at = 0, n = 0; at < valid_bytes; at += cluster_bytes, ++n) {
      if (random() % 8 == 0) continue;  // sparse
      const std::uint64_t length = std::min<std::uint64_t>(cluster_bytes, valid_bytes - at);
      const std::uint64_t place = clusters[n] * cluster_bytes;
      runs_.push_back({at, place, length});
      std::copy_n(volume_.begin() + static_cast<std::ptrdiff_t>(place), length,
                  content_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  std::vector<std::byte> content_;
  std::vector<std::byte> volume_;
  std::vector<FileRun> runs_;
};

TEST(InlineChecks, EveryByteOfAFileComesByOnceWhateverItsExtentsAndEnd) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t file_bytes = 1 + random() % 300'000;
    const std::uint64_t valid_bytes = round % 3 == 0 ? file_bytes : random() % (file_bytes + 1);
    const ScatteredFile file(random, valid_bytes, file_bytes, round % 2 == 0 ? 512 : 4096);
    InlineChecks checks;
    checks.add(std::make_unique<CoverageCheck>("/f", file.content_), file_bytes, file.runs_);
    checks.seal();
    std::vector<std::uint64_t> chunks;
    for (std::uint64_t at = 0; at < file.volume_.size(); at += 65536) chunks.push_back(at);
    std::shuffle(chunks.begin(), chunks.end(), random);
    for (const std::uint64_t at : chunks) {
      const Extent range{at, std::min<std::uint64_t>(65536, file.volume_.size() - at)};
      InlineChecks::Scans scans;
      checks.scan(range, std::span(file.volume_).subspan(at, range.length), {}, scans);
      checks.merge(scans);
    }
    const auto reports = checks.finish();
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0].pages.seen, file_bytes);
    EXPECT_EQ(reports[0].pages.unreadable, 0u);
  }
}

TEST(InlineChecks, UnreadableBytesAreDeclaredNotScanned) {
  const auto content = test::random_bytes(8192);
  InlineChecks checks;
  checks.add(std::make_unique<CoverageCheck>("/f", content), content.size(), {{0, 4096, 8192}});
  checks.seal();
  std::vector<std::byte> volume(65536);
  std::copy(content.begin(), content.end(), volume.begin() + 4096);
  const ExtentList bad{{3584, 1024}, {8192, 512}, {12288, 512}};  // before, inside, behind the file
  InlineChecks::Scans scans;
  checks.scan({0, 65536}, volume, bad, scans);
  checks.merge(scans);
  checks.merge_unreadable(bad);
  const auto reports = checks.finish();
  EXPECT_EQ(reports[0].pages.unreadable, 512u + 512u);
  EXPECT_EQ(reports[0].pages.sound, 8192u - 1024u);
}

TEST(InlineChecks, RangesKnownToBeZeroAreDeclared) {
  const std::vector<std::byte> content(200'000);
  InlineChecks checks;
  checks.add(std::make_unique<CoverageCheck>("/f", content), content.size(),
             {{0, 1 << 20, 100'352}, {100'352, 4 << 20, 99'648}});
  checks.seal();
  checks.merge_zeros({0, 2 << 20});
  checks.merge_zeros({2 << 20, 8 << 20});
  EXPECT_EQ(checks.finish()[0].pages.uninitialised, 200'000u);
}

TEST(InlineChecks, FindingsLearnTheirPlaceOnTheVolume) {
  class OneFinding final : public StreamCheck {
   public:
    std::unique_ptr<ScanResult> scan(std::uint64_t, std::span<const std::byte>) const override {
      return std::make_unique<ScanResult>();
    }
    void merge(const ScanResult&) override {}
    void merge_zeros(std::uint64_t, std::uint64_t) override {}
    void merge_unreadable(std::uint64_t, std::uint64_t) override {}
    FileReport finish() override {
      FileReport report;
      report.add({.kind = FindingKind::bad_checksum, .file_offset = 8192, .length = 4096});
      report.add({.kind = FindingKind::bad_checksum, .file_offset = 4096, .length = 4096});
      report.add({.kind = FindingKind::incomplete});
      return report;
    }
  };
  InlineChecks checks;
  checks.add(std::make_unique<OneFinding>(), 16384, {{0, 1'000'448, 4096}, {8192, 500'224, 8192}});
  checks.seal();
  const auto report = checks.finish()[0];
  EXPECT_EQ(report.findings[0].volume_offset, 500'224u);
  EXPECT_EQ(report.findings[1].volume_offset, Finding::kNowhere);  // in a hole of the file
  EXPECT_EQ(report.findings[2].volume_offset, Finding::kNowhere);
}

}  // namespace
}  // namespace tintype
