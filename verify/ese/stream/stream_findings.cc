#include "verify/ese/stream/stream_findings.h"

#include <fmt/format.h>

namespace tintype {

void StreamFindings::add(FindingKind kind, int error_number, std::string text) {
  if (findings_.size() < FileReport::kFindingsKeptMax)
    findings_.push_back({.kind = kind, .error_number = error_number, .text = std::move(text)});
}

void StreamFindings::fail(FindingKind kind, int error_number, std::string text) {
  if (failure_.empty()) failure_ = text;
  add(kind, error_number, std::move(text));
}

void StreamFindings::lose(int error_number, std::string text) {
  if (loss_.empty()) loss_ = text;
  add(FindingKind::incomplete, error_number, std::move(text));
}

void StreamFindings::leave_open(std::string text) {
  if (open_.empty()) open_ = text;
  add(FindingKind::not_checked, 0, std::move(text));
}

void StreamFindings::warn(int error_number, std::string text) {
  add(FindingKind::stream_warning, error_number, std::move(text));
}

void StreamFindings::warn(const Finding& finding, std::string_view path) {
  warn(finding.error_number,
       path.empty() ? finding.text : fmt::format("{}: {}", path, finding.text));
}

void StreamFindings::blame_log(LogCost cost, int error_number, std::string text,
                               const std::string& path) {
  switch (cost) {
    case LogCost::required:
      damaged_log_ = path;
      return fail(FindingKind::bad_checksum, error_number, std::move(text));
    case LogCost::committed:
      return lose(error_number, std::move(text));
    case LogCost::nothing:
      return warn(error_number, std::move(text));
  }
}

}  // namespace tintype
