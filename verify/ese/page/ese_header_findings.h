// What is found of a database's header and its shadow: by who opened it, and as they came by in the
// stream. They are the same bytes, so damage is told once, and bytes that changed in between are a
// finding of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "verify/ese/ese_header.h"
#include "verify/ese/page/ese_page_sums.h"
#include "verify/verify_report.h"

namespace tintype {

inline constexpr std::size_t kEseHeaderPages = 2;  // the header and its shadow

class EseHeaderFindings {
 public:
  // `opened`: as they were read when the database was opened, or nothing if nobody did.
  EseHeaderFindings(std::optional<EseHeaderReading> opened, std::uint32_t page_bytes)
      : opened_(std::move(opened)), page_bytes_(page_bytes) {}

  // What was known before the first page was seen: damage, a state that replay cannot restore, why
  // pages cannot be checked.
  void report_opening(FileReport& report) const;
  // What the stream showed of them, and the opening did not.
  void report_streamed(FileReport& report,
                       std::span<const std::optional<EsePageResult>> headers) const;

 private:
  void report_opened(FileReport& report) const;

  std::optional<EseHeaderReading> opened_;
  std::uint32_t page_bytes_;
};

}  // namespace tintype
