#include "engine/flow/inline_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "hashing/counted.h"

namespace tintype {
namespace {

constexpr std::uint64_t kScanUnitBytes = 512;  // StreamCheck::scan's unit of offsets and lengths

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

// What of a part of a file none of `left_out` touches, in whole units from the part's begin.
template <class Visit>
void for_each_kept(Extent part, const ExtentList& left_out, Visit visit) {
  std::uint64_t at = part.offset;
  for (const Extent& bad : left_out) {
    if (bad.end() <= at || bad.offset >= part.end()) continue;
    const std::uint64_t before = bad.offset > part.offset ? bad.offset - part.offset : 0;
    const std::uint64_t from = part.offset + before / kScanUnitBytes * kScanUnitBytes;
    if (from > at) visit(Extent{at, from - at});
    at = std::min(part.offset + round_up(bad.end() - part.offset, kScanUnitBytes), part.end());
  }
  if (at < part.end()) visit(Extent{at, part.end() - at});
}

}  // namespace

void InlineChecks::reserve(std::size_t files) {
  files_.reserve(files);
  runs_.reserve(files + files / 8);  // most have one
}

void InlineChecks::add(std::unique_ptr<StreamCheck> check, std::uint64_t file_bytes,
                       std::vector<FileRun> runs, bool listed) {
  const auto number = static_cast<std::uint32_t>(files_.size());
  for (const FileRun& run : runs)
    runs_.push_back({{run.volume_offset, run.length}, run.file_offset, number});
  const bool overlap = std::ranges::adjacent_find(runs, [](const FileRun& a, const FileRun& b) {
                         return a.file_offset + a.length > b.file_offset;
                       }) != runs.end();
  files_.push_back({std::move(check), file_bytes, std::move(runs), listed, overlap});
}

StreamCheck& InlineChecks::check_of(std::uint32_t number) {
  File& file = files_[number];
  if (file.begun) return *file.check;
  file.begun = true;
  // A run that ends inside a scan unit is followed by zeros up to the unit's end (scan() sees to
  // that), so what is declared here starts at the next unit.
  std::uint64_t covered = 0;
  for (const FileRun& run : file.runs) {
    if (run.file_offset > covered) file.check->merge_zeros(covered, run.file_offset - covered);
    covered = std::min(round_up(run.file_offset + run.length, kScanUnitBytes), file.file_bytes);
  }
  if (file.file_bytes > covered) file.check->merge_zeros(covered, file.file_bytes - covered);
  return *file.check;
}

// Tens of thousands of logs come by, of which few are in flight at once. No task has any of the
// file's bytes left, as each is scanned once: unless runs overlap.
void InlineChecks::release_if_done(std::uint32_t number) {
  File& file = files_[number];
  if (file.listed || file.runs_overlap || !file.check->is_done()) return;
  file.check->close();
  file.check.reset();
  std::vector<FileRun>().swap(file.runs);
}

void InlineChecks::seal() {
  const auto by_offset = [](const Run& run) { return run.volume.offset; };
  // Logs are written one after the other, by name and by place: tens of thousands may be in order.
  if (!std::ranges::is_sorted(runs_, {}, by_offset)) std::ranges::sort(runs_, {}, by_offset);
}

template <class Visit>
void InlineChecks::for_each_run(Extent range, Visit visit) const {
  // Runs of sound file systems do not overlap, so the ends are sorted like the starts.
  auto run = std::partition_point(runs_.begin(), runs_.end(), [&](const Run& candidate) {
    return candidate.volume.end() <= range.offset;
  });
  for (; run != runs_.end() && run->volume.offset < range.end(); ++run) {
    const std::uint64_t from = std::max(run->volume.offset, range.offset);
    const std::uint64_t to = std::min(run->volume.end(), range.end());
    if (from < to)
      visit(run->file, run->file_offset + (from - run->volume.offset), Extent{from, to - from});
  }
}

void InlineChecks::scan(Extent range, std::span<const std::byte> bytes, const ExtentList& left_out,
                        Scans& scans) const {
  const auto scan_part = [&](std::uint32_t file, std::uint64_t file_offset, Extent part) {
    const StreamCheck& check = *files_[file].check;
    const auto run = bytes.subspan(part.offset - range.offset, part.length);
    const std::uint64_t whole = part.length / kScanUnitBytes * kScanUnitBytes;
    const bool ends_file = file_offset + part.length == files_[file].file_bytes;
    if (whole == part.length || ends_file) {
      scans.emplace_back(file, check.scan(file_offset, run));
      return;
    }
    // The valid data ends inside a sector: what follows in it is zeros, whatever the disk holds.
    if (whole != 0) scans.emplace_back(file, check.scan(file_offset, run.first(whole)));
    std::array<std::byte, kScanUnitBytes> unit{};
    std::memcpy(unit.data(), run.data() + whole, part.length - whole);
    const std::uint64_t left = files_[file].file_bytes - (file_offset + whole);
    scans.emplace_back(file, check.scan(file_offset + whole,
                                        std::span(unit).first(std::min(left, kScanUnitBytes))));
  };
  for_each_run(range, [&](std::uint32_t file, std::uint64_t file_offset, Extent part) {
    for_each_kept(part, left_out, [&](Extent kept) {
      scan_part(file, file_offset + (kept.offset - part.offset), kept);
    });
  });
}

void InlineChecks::merge(Scans& scans) {
  for (auto& [file, result] : scans) {
    check_of(file).merge(*result);
    release_if_done(file);
  }
  scans.clear();
}

void InlineChecks::merge_unreadable(const ExtentList& unreadable) {
  for (const Extent& bad : unreadable)
    for_each_run(bad, [&](std::uint32_t file, std::uint64_t file_offset, Extent part) {
      check_of(file).merge_unreadable(file_offset, part.length);
      release_if_done(file);
    });
}

void InlineChecks::merge_zeros(Extent range, const ExtentList& left_out) {
  if (files_.empty()) return;
  for_each_run(range, [&](std::uint32_t file, std::uint64_t file_offset, Extent part) {
    for_each_kept(part, left_out, [&](Extent kept) {
      const std::uint64_t from = file_offset + (kept.offset - part.offset);
      const std::uint64_t end =
          std::min(round_up(from + kept.length, kScanUnitBytes), files_[file].file_bytes);
      check_of(file).merge_zeros(from, end - from);
    });
    release_if_done(file);
  });
}

void InlineChecks::merge_missing(const ExtentList& missing) {
  for (const Extent& range : missing)
    for_each_run(range, [&](std::uint32_t number, std::uint64_t file_offset, Extent part) {
      File& file = files_[number];
      if (file.missing_bytes == 0 || file_offset < file.missing_at) file.missing_at = file_offset;
      file.missing_bytes += part.length;
    });
}

std::vector<FileReport> InlineChecks::finish() {
  std::vector<FileReport> reports;
  for (std::uint32_t number = 0; number < files_.size(); ++number) {
    File& file = files_[number];
    if (file.check == nullptr) continue;
    StreamCheck& check = check_of(number);
    if (!file.listed) {
      check.close();
      continue;
    }
    FileReport report = check.finish();
    if (file.missing_bytes != 0)
      report.add(
          {.kind = FindingKind::incomplete,
           .text = fmt::format("{} not in the copy: the file system that gives {} to it "
                               "calls {} free",
                               counted(file.missing_bytes, "byte of it is", "bytes of it are"),
                               word_for(file.missing_bytes, "it", "them"),
                               word_for(file.missing_bytes, "it", "them")),
           .file_offset = file.missing_at,
           .length = 1});
    for (Finding& finding : report.findings) {
      if (finding.length == 0) continue;
      for (const FileRun& run : file.runs) {
        if (finding.file_offset < run.file_offset ||
            finding.file_offset >= run.file_offset + run.length)
          continue;
        finding.volume_offset = run.volume_offset + (finding.file_offset - run.file_offset);
        break;
      }
    }
    reports.push_back(std::move(report));
  }
  std::sort(reports.begin(), reports.end(),
            [](const FileReport& a, const FileReport& b) { return a.path < b.path; });
  return reports;
}

}  // namespace tintype
