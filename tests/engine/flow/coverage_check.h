// A StreamCheck that verifies nothing but how it is used: every byte of the file comes by exactly
// once, with the right content, in pieces a real check could take.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "verify/stream_check.h"

namespace tintype::test {

class CoverageCheck final : public StreamCheck {
 public:
  enum class Seen : char { no, scanned, zeros, unreadable };

  // `content`: the file's bytes as they must come by.
  CoverageCheck(std::string path, std::vector<std::byte> content)
      : path_(std::move(path)), content_(std::move(content)), seen_(content_.size(), Seen::no) {}

  std::unique_ptr<ScanResult> scan(std::uint64_t file_offset,
                                   std::span<const std::byte> bytes) const override {
    auto result = std::make_unique<Scanned>();
    result->offset = file_offset;
    result->length = bytes.size();
    result->equal = file_offset + bytes.size() <= content_.size() &&
                    std::equal(bytes.begin(), bytes.end(),
                               content_.begin() + static_cast<std::ptrdiff_t>(file_offset));
    return result;
  }
  void merge(ScanResult& any) override {
    const auto& result = static_cast<const Scanned&>(any);
    EXPECT_EQ(result.offset % 512, 0u);
    EXPECT_TRUE(result.length % 512 == 0 || result.offset + result.length == content_.size());
    EXPECT_TRUE(result.equal) << path_ << " at " << result.offset;
    mark(result.offset, result.length, Seen::scanned);
  }
  void merge_zeros(std::uint64_t offset, std::uint64_t length) override {
    for (std::uint64_t i = offset; i < offset + length; ++i)
      ASSERT_EQ(content_.at(i), std::byte{0}) << path_ << " at " << i;
    mark(offset, length, Seen::zeros);
  }
  void merge_unreadable(std::uint64_t offset, std::uint64_t length) override {
    mark(offset, length, Seen::unreadable);
  }
  FileReport finish() override {
    FileReport report;
    report.path = path_;
    report.pages_expected = content_.size();
    for (const Seen seen : seen_) {
      report.pages.seen += seen != Seen::no;
      report.pages.sound += seen == Seen::scanned;
      report.pages.uninitialised += seen == Seen::zeros;
      report.pages.unreadable += seen == Seen::unreadable;
    }
    return report;
  }

 private:
  struct Scanned final : ScanResult {
    std::uint64_t offset = 0, length = 0;
    bool equal = false;
  };
  void mark(std::uint64_t offset, std::uint64_t length, Seen how) {
    ASSERT_LE(offset + length, seen_.size());
    for (std::uint64_t i = offset; i < offset + length; ++i) {
      EXPECT_EQ(static_cast<int>(seen_[i]), static_cast<int>(Seen::no))
          << path_ << ": seen twice at " << i;
      seen_[i] = how;
    }
  }

  std::string path_;
  std::vector<std::byte> content_;
  std::vector<Seen> seen_;
};

}  // namespace tintype::test
