// In-line verification of one file whose bytes come by in pieces, in any order.
//
// The engine knows no databases: it cuts the blocks it copies into runs of a file's bytes and
// hands them here. scan() is pure and runs in tasks; merge() and finish() belong to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "verify/verify_report.h"

namespace tintype {

// What one scan() learned, to be merged by the owner of the check.
class ScanResult {
 public:
  virtual ~ScanResult() = default;
};

class StreamCheck {
 public:
  virtual ~StreamCheck() = default;

  // Looks at one run of the file's bytes. `file_offset` and the run's length are multiples of 512
  // (the last run of a file may end anywhere). Thread-safe. Whole pages are judged at once; the
  // parts of a page cut by the run's ends are kept as partial sums.
  [[nodiscard]] virtual std::unique_ptr<ScanResult> scan(
      std::uint64_t file_offset, std::span<const std::byte> bytes) const = 0;
  // Adds one scan's result, of which it takes what it keeps. Each byte of the file is scanned, or
  // declared, exactly once.
  virtual void merge(ScanResult& result) = 0;
  // Declares bytes that need no scan: zeros by the file's map, or bytes the medium did not give.
  virtual void merge_zeros(std::uint64_t file_offset, std::uint64_t length) = 0;
  virtual void merge_unreadable(std::uint64_t file_offset, std::uint64_t length) = 0;

  // Every byte of the file was merged, and what was found is kept elsewhere: who wants no report
  // needs the check no more.
  [[nodiscard]] virtual bool is_done() const noexcept { return false; }
  // After the last merge: completeness, then the report. Called once.
  [[nodiscard]] virtual FileReport finish() = 0;
  // Instead of finish(), where nobody wants the report but somebody what was found.
  virtual void close() { static_cast<void>(finish()); }
};

}  // namespace tintype
