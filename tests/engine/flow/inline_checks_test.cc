#include "engine/flow/inline_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/random_bytes.h"
#include "tests/engine/flow/coverage_check.h"

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

TEST(InlineChecks, WhatIsNotCapturedIsNotJudgedAndTheFileIsNotWhole) {
  const std::vector<std::byte> content(16384);
  InlineChecks checks;
  checks.add(std::make_unique<CoverageCheck>("/f", content), content.size(),
             {{0, 4096, 8192}, {8192, 131072, 8192}});
  checks.seal();
  const std::vector<std::byte> volume(65536);
  const ExtentList missing{{8192, 1024}};
  InlineChecks::Scans scans;
  checks.scan({0, 65536}, volume, missing, scans);
  checks.merge(scans);
  checks.merge_missing(missing);
  const ExtentList missing_zeros{{131072 + 512, 512}};
  checks.merge_zeros({65536, 131072}, missing_zeros);
  checks.merge_missing(missing_zeros);
  const auto report = checks.finish()[0];
  EXPECT_EQ(report.pages.sound, 8192u - 1024u);
  EXPECT_EQ(report.pages.uninitialised, 8192u - 512u);
  EXPECT_EQ(report.pages.seen, 16384u - 1536u);
  EXPECT_FALSE(report.sound());
  EXPECT_FALSE(report.checked());
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].text.substr(0, 10), "1536 bytes");
  EXPECT_EQ(report.findings[0].volume_offset, 8192u);
}

TEST(InlineChecks, WhatIsMissingBehindAFileThatEndsInsideASectorIsNotItsOwn) {
  const auto content = test::random_bytes(1000);
  InlineChecks checks;
  checks.add(std::make_unique<CoverageCheck>("/f", content), content.size(), {{0, 4096, 1000}});
  checks.seal();
  std::vector<std::byte> volume(8192);
  std::copy(content.begin(), content.end(), volume.begin() + 4096);
  const ExtentList missing{{5096, 3096}};
  InlineChecks::Scans scans;
  checks.scan({0, 8192}, volume, missing, scans);
  checks.merge(scans);
  checks.merge_missing(missing);
  const auto report = checks.finish()[0];
  EXPECT_EQ(report.pages.sound, 1000u);
  EXPECT_TRUE(report.findings.empty());
}

TEST(InlineChecks, FindingsLearnTheirPlaceOnTheVolume) {
  class OneFinding final : public StreamCheck {
   public:
    std::unique_ptr<ScanResult> scan(std::uint64_t, std::span<const std::byte>) const override {
      return std::make_unique<ScanResult>();
    }
    void merge(ScanResult&) override {}
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

// Done when `bytes` of it were merged; counts how many of its kind are there.
class CountedCheck final : public StreamCheck {
 public:
  CountedCheck(std::uint64_t bytes, int& alive, int& closed)
      : left_(bytes), alive_(alive), closed_(closed) {
    ++alive_;
  }
  ~CountedCheck() override { --alive_; }
  CountedCheck(const CountedCheck&) = delete;
  CountedCheck& operator=(const CountedCheck&) = delete;

  std::unique_ptr<ScanResult> scan(std::uint64_t, std::span<const std::byte> bytes) const override {
    auto seen = std::make_unique<Seen>();
    seen->bytes = bytes.size();
    return seen;
  }
  void merge(ScanResult& result) override { left_ -= static_cast<const Seen&>(result).bytes; }
  void merge_zeros(std::uint64_t, std::uint64_t length) override { left_ -= length; }
  void merge_unreadable(std::uint64_t, std::uint64_t length) override { left_ -= length; }
  bool is_done() const noexcept override { return left_ == 0; }
  FileReport finish() override { return {}; }
  void close() override { ++closed_; }

 private:
  struct Seen final : ScanResult {
    std::uint64_t bytes = 0;
  };
  std::uint64_t left_;
  int& alive_;
  int& closed_;
};

TEST(InlineChecks, AnUnlistedCheckIsClosedOnceAndGoesWithItsLastByte) {
  int alive = 0, closed = 0;
  const std::vector<std::byte> volume(16 * 4096);
  InlineChecks checks;
  const auto add = [&](std::vector<FileRun> runs, std::uint64_t bytes, bool listed) {
    checks.add(std::make_unique<CountedCheck>(bytes, alive, closed), bytes, std::move(runs),
               listed);
  };
  add({{0, 0, 4096}, {8192, 4096, 4096}}, 12288, false);      // with a hole
  add({{0, 8192, 8192}}, 8192, false);                        // a part of it unreadable
  add({{0, 16384, 4096}}, 4096, true);                        // somebody waits for its report
  add({{0, 20480, 8192}, {4096, 28672, 4096}}, 8192, false);  // runs that overlap: never let go
  add({{0, 40960, 4096}}, 8192, false);                       // a part never comes
  checks.seal();
  const auto pass = [&](Extent range, const ExtentList& bad) {
    InlineChecks::Scans scans;
    checks.scan(range, std::span(volume).subspan(range.offset, range.length), bad, scans);
    checks.merge(scans);
    checks.merge_unreadable(bad);
  };
  pass({0, 4096}, {});
  EXPECT_EQ(alive, 5);
  pass({4096, 4096}, {});
  EXPECT_EQ(alive, 4);
  pass({8192, 8192}, {{12288, 4096}});
  EXPECT_EQ(alive, 3);
  checks.merge_zeros({16384, 4096});
  pass({20480, 12288}, {});
  EXPECT_EQ(alive, 3);
  EXPECT_EQ(closed, 2);
  EXPECT_EQ(checks.finish().size(), 1u);
  EXPECT_EQ(closed, 4);
}

}  // namespace
}  // namespace tintype
