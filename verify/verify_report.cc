#include "verify/verify_report.h"

#include <utility>

namespace tintype {

std::string_view to_string(FindingKind kind) noexcept {
  switch (kind) {
    case FindingKind::bad_checksum:
      return "bad_checksum";
    case FindingKind::wrong_place:
      return "wrong_place";
    case FindingKind::correctable:
      return "correctable";
    case FindingKind::unreadable:
      return "unreadable";
    case FindingKind::header_primary:
      return "header_primary";
    case FindingKind::header_shadow:
      return "header_shadow";
    case FindingKind::header_corrupt:
      return "header_corrupt";
    case FindingKind::incomplete:
      return "incomplete";
    case FindingKind::not_checked:
      return "not_checked";
    case FindingKind::state:
      return "state";
    case FindingKind::stream_warning:
      return "stream_warning";
  }
  return "unknown";
}

bool is_warning(FindingKind kind) noexcept {
  return kind == FindingKind::correctable || kind == FindingKind::header_primary ||
         kind == FindingKind::header_shadow || kind == FindingKind::stream_warning;
}

void FileReport::add(Finding finding) {
  ++findings_total;
  if (!is_warning(finding.kind)) ++unsound_total;
  if (finding.kind == FindingKind::not_checked || finding.kind == FindingKind::incomplete)
    ++unchecked_total;
  if (findings.size() < kFindingsKeptMax) findings.push_back(std::move(finding));
}

bool FileReport::sound() const noexcept {
  return unsound_total == 0 && pages.seen == pages_expected;
}

bool FileReport::checked() const noexcept {
  return unchecked_total == 0;
}

}  // namespace tintype
