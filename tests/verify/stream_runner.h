// Runs a StreamCheck over a file in memory, whole or in pieces.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "verify/stream_check.h"

namespace tintype::test {

// In runs of 1 MiB, in order: as a copy of an unfragmented volume gives them.
inline FileReport check_in_order(StreamCheck& check, std::span<const std::byte> file,
                                 std::size_t run_bytes = std::size_t{1} << 20) {
  for (std::size_t at = 0; at < file.size(); at += run_bytes)
    check.merge(*check.scan(at, file.subspan(at, std::min(run_bytes, file.size() - at))));
  return check.finish();
}

// Cut at random multiples of 512, merged in random order.
inline FileReport check_shuffled(StreamCheck& check, std::span<const std::byte> file,
                                 std::uint64_t seed, std::size_t cuts) {
  std::mt19937_64 random(seed);
  std::vector<std::size_t> borders = {0, file.size()};
  for (std::size_t i = 0; i < cuts && file.size() >= 512; ++i)
    borders.push_back(random() % (file.size() / 512) * 512);
  std::ranges::sort(borders);
  std::vector<std::unique_ptr<ScanResult>> results;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i)
    if (borders[i] != borders[i + 1])
      results.push_back(
          check.scan(borders[i], file.subspan(borders[i], borders[i + 1] - borders[i])));
  std::ranges::shuffle(results, random);
  for (const auto& result : results) check.merge(*result);
  return check.finish();
}

// Everything in a report, so that two can be compared and the difference read.
inline std::string print(const FileReport& report) {
  const PageCounts& n = report.pages;
  std::string text =
      report.format + " " + report.state + " expected " + std::to_string(report.pages_expected) +
      " seen " + std::to_string(n.seen) + " sound " + std::to_string(n.sound) + " uninitialised " +
      std::to_string(n.uninitialised) + " correctable " + std::to_string(n.correctable) + " bad " +
      std::to_string(n.bad_checksum) + " wrong " + std::to_string(n.wrong_place) + " unreadable " +
      std::to_string(n.unreadable) + " dbtime " + std::to_string(report.highest_dbtime) + " at " +
      std::to_string(report.highest_dbtime_page) + " findings " +
      std::to_string(report.findings_total) + "/" + std::to_string(report.unsound_total) + "/" +
      std::to_string(report.unchecked_total) + "\n";
  for (const Finding& f : report.findings)
    text += std::string(to_string(f.kind)) + " " + std::to_string(f.error_number) + " page " +
            std::to_string(f.page_number) + " at " + std::to_string(f.file_offset) + "+" +
            std::to_string(f.length) + ": " + f.text + "\n";
  return text;
}

}  // namespace tintype::test
