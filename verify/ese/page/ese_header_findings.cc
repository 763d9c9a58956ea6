#include "verify/ese/page/ese_header_findings.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "verify/ese/page/ese_findings.h"

namespace tintype {
namespace {

using Status = EseHeaderReading::Status;

}  // namespace

void EseHeaderFindings::report_opening(FileReport& report) const {
  if (opened_) report_opened(report);
  const bool said_why = opened_ && opened_->status == Status::refused;
  if (page_bytes_ == 0 && !said_why)
    report.add(about_the_file(FindingKind::not_checked, "pages not checked: page size unknown"));
}

void EseHeaderFindings::report_opened(FileReport& report) const {
  const auto add = [&](FindingKind kind, std::uint64_t page) {
    Finding finding = about_the_file(kind, opened_->problem, opened_->error_number);
    finding.page_number = page_number_of(page);
    finding.file_offset = page * page_bytes_;
    finding.length = page_bytes_;
    report.add(std::move(finding));
  };
  switch (opened_->status) {
    case Status::sound:
      break;
    case Status::shadow_bad:
      add(FindingKind::header_shadow, 1);
      break;
    case Status::primary_bad:
      add(FindingKind::header_primary, 0);
      break;
    case Status::corrupt:
      return add(FindingKind::header_corrupt, 0);
    case Status::refused:
      return report.add(
          about_the_file(FindingKind::not_checked, opened_->problem, opened_->error_number));
  }
  const auto state = static_cast<EseState>(opened_->header.state.value());
  if (!restorable_by_replay(state))
    report.add(
        about_the_file(FindingKind::state,
                       fmt::format("database state is \"{}\": log replay alone cannot restore it",
                                   to_string(state))));
}

void EseHeaderFindings::report_streamed(
    FileReport& report, std::span<const std::optional<EsePageResult>> headers) const {
  const auto is_damaged = [&](std::size_t page) {
    return headers[page] && (headers[page]->verdict == PageVerdict::bad_checksum ||
                             headers[page]->verdict == PageVerdict::uninitialised);
  };
  const auto add = [&](std::size_t page, FindingKind kind, std::string_view consequence) {
    report.add(damaged_header(page, *headers[page], page_bytes_, kind, consequence));
  };
  if (opened_) {
    // The same bytes were read when the database was opened. Damage that was seen then is reported
    // already; damage that was not there then means that a snapshot changed, or a read lied.
    const Status status = opened_->status;
    const std::array was_valid = {status == Status::sound || status == Status::shadow_bad,
                                  status == Status::sound || status == Status::primary_bad};
    for (std::size_t page = 0; page < kEseHeaderPages; ++page)
      if (is_damaged(page) && was_valid[page])
        add(page, FindingKind::bad_checksum, "it was sound when the database was opened");
    return;
  }
  if (is_damaged(0) && is_damaged(1))
    add(0, FindingKind::header_corrupt, "the shadow header is damaged as well");
  else if (is_damaged(0))
    add(0, FindingKind::header_primary, "the shadow header is used");
  else if (is_damaged(1))
    add(1, FindingKind::header_shadow, "the header is used");
}

}  // namespace tintype
