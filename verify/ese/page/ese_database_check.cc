// The in-line check of one ESE database.
//
// scan() judges whole pages where they lie and reduces the cut ones to sums. merge() adds up what
// the scans learned and joins the sums of cut pages in a table until all bytes of a page were
// seen. finish() puts everything in page order, so that neither the order of the merges nor the
// number of threads shows in the report.
#include "verify/ese/page/ese_database_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hashing/counted.h"
#include "verify/ese/ese_header.h"
#include "verify/ese/page/ese_findings.h"
#include "verify/ese/page/ese_page_sums.h"
#include "verify/page_cut.h"
#include "verify/page_runs.h"
#include "verify/page_totals.h"

namespace tintype {
namespace {

constexpr std::uint64_t kHeaderPages = 2;  // the header and its shadow

struct JudgedPage {
  std::uint64_t file_page = 0;
  EsePageResult result;
};

struct PartialPage {
  std::uint64_t file_page = 0;
  EsePageSums sums;
};

struct EseScan final : ScanResult {
  PageTotals totals;
  PageCut cut;
  std::vector<JudgedPage> notable;  // header pages, and pages that are neither sound nor unused
  std::vector<PartialPage> partial;
};

class EseDatabaseCheck final : public StreamCheck {
 public:
  EseDatabaseCheck(std::string path, EseDatabaseGeometry geometry, EseCheckLimits limits,
                   std::optional<EseHeaderReading> opened)
      : path_(std::move(path)),
        geometry_(std::move(geometry)),
        limits_(limits),
        opened_(std::move(opened)),
        pages_expected_(geometry_.page_bytes == 0 ? 0
                                                  : geometry_.file_bytes / geometry_.page_bytes) {}

  [[nodiscard]] std::unique_ptr<ScanResult> scan(std::uint64_t file_offset,
                                                 std::span<const std::byte> bytes) const override {
    auto scan = std::make_unique<EseScan>();
    const std::uint32_t page_bytes = geometry_.page_bytes;
    if (page_bytes == 0) return scan;
    scan->cut = PageCut::of(file_offset, bytes.size(), page_bytes, pages_expected_);
    scan_part(*scan, scan->cut.head, bytes);
    bytes = bytes.subspan(scan->cut.head.bytes);
    for (std::uint64_t i = 0; i < scan->cut.whole_pages; ++i) {
      EsePageSums sums;
      sums.add(page_bytes, 0, bytes.first(page_bytes));
      bytes = bytes.subspan(page_bytes);
      const std::uint64_t file_page = scan->cut.first_whole + i;
      const EsePageResult result = judge(file_page, sums);
      scan->totals.add(file_page, result.verdict, result.dbtime);
      if (is_notable(file_page, result)) scan->notable.push_back({file_page, result});
    }
    scan_part(*scan, scan->cut.tail, bytes);
    return scan;
  }

  void merge(ScanResult& result) override {
    const auto& scan = static_cast<const EseScan&>(result);
    totals_.add(scan.totals);
    tally_.add(scan.cut.first_whole, scan.cut.whole_pages);
    for (const JudgedPage& page : scan.notable) note(page.file_page, page.result);
    for (const PartialPage& page : scan.partial) merge_part(page.file_page, page.sums, false);
  }

  void merge_zeros(std::uint64_t file_offset, std::uint64_t length) override {
    declare(file_offset, length, PageVerdict::uninitialised);
  }

  void merge_unreadable(std::uint64_t file_offset, std::uint64_t length) override {
    declare(file_offset, length, PageVerdict::unreadable);
  }

  [[nodiscard]] FileReport finish() override;

 private:
  struct HeldPage {
    EsePageSums sums;
    bool unreadable = false;
  };

  [[nodiscard]] EsePageResult judge(std::uint64_t file_page, const EsePageSums& sums) const {
    if (file_page < kHeaderPages) return judge_ese_header_page(sums);
    if (file_page + 1 == pages_expected_ && looks_like_ese_trailer(sums)) {
      const EsePageResult trailer = judge_ese_header_page(sums);
      if (trailer.verdict == PageVerdict::sound) return trailer;
    }
    return judge_ese_page(sums, geometry_.page_bytes, static_cast<std::uint32_t>(file_page - 1));
  }

  static bool is_notable(std::uint64_t file_page, const EsePageResult& result) {
    return file_page < kHeaderPages ||
           (result.verdict != PageVerdict::sound && result.verdict != PageVerdict::uninitialised);
  }

  void scan_part(EseScan& scan, const PageCut::Part& part, std::span<const std::byte> bytes) const {
    if (part.bytes == 0) return;
    PartialPage& page = scan.partial.emplace_back();
    page.file_page = part.page;
    page.sums.add(geometry_.page_bytes, part.byte_offset, bytes.first(part.bytes));
  }

  // Keeps what the report needs of a page; only the first ones of the file, however many there are.
  void note(std::uint64_t file_page, const EsePageResult& result) {
    if (file_page < kHeaderPages) headers_[file_page] = result;
    if (!is_notable(file_page, result) || file_page < kHeaderPages) return;
    ++damaged_total_;
    if (result.verdict == PageVerdict::correctable) ++correctable_total_;
    damaged_.emplace(file_page, result);
    if (damaged_.size() > FileReport::kFindingsKeptMax) damaged_.erase(std::prev(damaged_.end()));
  }

  void complete(std::uint64_t file_page, const EsePageResult& result) {
    totals_.add(file_page, result.verdict, result.dbtime);
    tally_.add(file_page, 1);
    if (result.verdict == PageVerdict::unreadable)
      unreadable_.add(file_page, 1);
    else
      note(file_page, result);
  }

  void merge_part(std::uint64_t file_page, const EsePageSums& sums, bool unreadable) {
    auto held = held_.find(file_page);
    if (held == held_.end()) {
      if (held_.size() >= limits_.pages_held_max) {
        ++parts_dropped_;
        return;
      }
      held = held_.try_emplace(file_page).first;
    }
    HeldPage& page = held->second;
    page.sums.merge(sums);
    page.unreadable |= unreadable;
    if (page.sums.bytes_seen != geometry_.page_bytes) return;
    const EsePageResult result = page.unreadable ? EsePageResult{.verdict = PageVerdict::unreadable}
                                                 : judge(file_page, page.sums);
    held_.erase(held);
    complete(file_page, result);
  }

  // Whole pages are counted, however many there are; the cut ones join their other parts.
  void declare(std::uint64_t file_offset, std::uint64_t length, PageVerdict verdict) {
    if (geometry_.page_bytes == 0) return;
    const PageCut cut = PageCut::of(file_offset, length, geometry_.page_bytes, pages_expected_);
    const bool unreadable = verdict == PageVerdict::unreadable;
    for (const PageCut::Part& part : {cut.head, cut.tail}) {
      if (part.bytes == 0) continue;
      EsePageSums sums;  // zeros add nothing to a code
      sums.bytes_seen = part.bytes;
      merge_part(part.page, sums, unreadable);
    }
    tally_.add(cut.first_whole, cut.whole_pages);
    totals_.counts.seen += cut.whole_pages;
    (unreadable ? totals_.counts.unreadable : totals_.counts.uninitialised) += cut.whole_pages;
    if (unreadable) unreadable_.add(cut.first_whole, cut.whole_pages);
    for (std::uint64_t page = cut.first_whole; page < kHeaderPages; ++page)
      if (page < cut.first_whole + cut.whole_pages)
        headers_[page] = EsePageResult{.verdict = verdict};
  }

  void report_opening(FileReport& report) const;
  void report_completeness(FileReport& report) const;
  void report_headers(FileReport& report) const;
  void report_pages(FileReport& report) const;

  std::string path_;
  EseDatabaseGeometry geometry_;
  EseCheckLimits limits_;
  std::optional<EseHeaderReading> opened_;
  std::uint64_t pages_expected_;  // header and shadow header included

  PageTotals totals_;
  PageTally tally_;
  std::array<std::optional<EsePageResult>, kHeaderPages> headers_;
  std::map<std::uint64_t, EsePageResult> damaged_;  // file page → verdict; the first ones
  std::uint64_t damaged_total_ = 0;
  std::uint64_t correctable_total_ = 0;
  PageRuns unreadable_;
  std::unordered_map<std::uint64_t, HeldPage> held_;
  std::uint64_t parts_dropped_ = 0;
};

FileReport EseDatabaseCheck::finish() {
  FileReport report;
  report.path = path_;
  report.format = geometry_.page_bytes == 0
                      ? "ESE database"
                      : fmt::format("ESE database, {} KiB pages", geometry_.page_bytes / 1024);
  report.page_bytes = geometry_.page_bytes;
  report.pages_expected = pages_expected_;
  report.pages = totals_.counts;
  report.highest_dbtime = totals_.highest_dbtime;
  report.highest_dbtime_page =
      totals_.highest_dbtime == 0 ? 0 : page_number_of(totals_.highest_dbtime_page);
  report.state = geometry_.state;
  // What concerns the whole file first: it must never be crowded out by pages.
  report_opening(report);
  report_completeness(report);
  report_headers(report);
  report_pages(report);
  return report;
}

// What was known before the first page was seen.
void EseDatabaseCheck::report_opening(FileReport& report) const {
  using Status = EseHeaderReading::Status;
  const auto add = [&](FindingKind kind, std::string text, int error_number, std::uint64_t page) {
    Finding finding = about_the_file(kind, std::move(text), error_number);
    finding.page_number = page_number_of(page);
    finding.file_offset = page * geometry_.page_bytes;
    finding.length = geometry_.page_bytes;
    report.add(std::move(finding));
  };
  if (opened_) {
    const EseHeaderReading& opened = *opened_;
    switch (opened.status) {
      case Status::sound:
        break;
      case Status::shadow_bad:
        add(FindingKind::header_shadow, opened.problem, opened.error_number, 1);
        break;
      case Status::primary_bad:
        add(FindingKind::header_primary, opened.problem, opened.error_number, 0);
        break;
      case Status::corrupt:
        add(FindingKind::header_corrupt, opened.problem, opened.error_number, 0);
        break;
      case Status::refused:
        report.add(about_the_file(FindingKind::not_checked, opened.problem, opened.error_number));
        return;
    }
    const auto state = static_cast<EseState>(opened.header.state.value());
    if (opened.status != Status::corrupt && !restorable_by_replay(state))
      report.add(
          about_the_file(FindingKind::state,
                         fmt::format("database state is \"{}\": log replay alone cannot restore it",
                                     to_string(state))));
  }
  if (geometry_.page_bytes == 0)
    report.add(about_the_file(FindingKind::not_checked, "pages not checked: page size unknown"));
}

// Every page must have been seen, and no page twice.
void EseDatabaseCheck::report_completeness(FileReport& report) const {
  if (geometry_.page_bytes == 0) return;
  if (pages_expected_ == 0)
    report.add(about_the_file(FindingKind::incomplete, "the file is shorter than one page",
                              kErrDatabaseCorrupted));
  if (parts_dropped_ != 0)
    report.add(
        about_the_file(FindingKind::not_checked,
                       fmt::format("{} not checked: more than {} pages came in parts at a time",
                                   counted(parts_dropped_, "part of a page", "parts of pages"),
                                   limits_.pages_held_max)));
  if (tally_.is_exactly(pages_expected_)) return;
  std::string text = fmt::format("{} of {} seen", tally_.seen(), counted(pages_expected_, "page"));
  if (tally_.seen() >= pages_expected_) text += ", some more than once";
  if (!held_.empty()) {
    const auto first =
        std::ranges::min_element(held_, {}, [](const auto& page) { return page.first; });
    text += fmt::format(", {} only in part (first: page {})", held_.size(),
                        page_number_of(first->first));
  }
  report.add(about_the_file(FindingKind::incomplete, std::move(text)));
}

void EseDatabaseCheck::report_headers(FileReport& report) const {
  const auto is_damaged = [this](std::uint64_t page) {
    return headers_[page] && (headers_[page]->verdict == PageVerdict::bad_checksum ||
                              headers_[page]->verdict == PageVerdict::uninitialised);
  };
  if (opened_) {
    // The same bytes were read when the database was opened. Damage that was seen then is reported
    // already; damage that was not there then means that a snapshot changed, or a read lied.
    using Status = EseHeaderReading::Status;
    const Status status = opened_->status;
    const std::array was_valid = {status == Status::sound || status == Status::shadow_bad,
                                  status == Status::sound || status == Status::primary_bad};
    for (std::uint64_t page = 0; page < kHeaderPages; ++page)
      if (is_damaged(page) && was_valid[page])
        report.add(damaged_header(page, *headers_[page], geometry_.page_bytes,
                                  FindingKind::bad_checksum,
                                  "it was sound when the database was opened"));
    return;
  }
  if (is_damaged(0) && is_damaged(1)) {
    report.add(damaged_header(0, *headers_[0], geometry_.page_bytes, FindingKind::header_corrupt,
                              "the shadow header is damaged as well"));
  } else if (is_damaged(0)) {
    report.add(damaged_header(0, *headers_[0], geometry_.page_bytes, FindingKind::header_primary,
                              "the shadow header is used"));
  } else if (is_damaged(1)) {
    report.add(damaged_header(1, *headers_[1], geometry_.page_bytes, FindingKind::header_shadow,
                              "the header is used"));
  }
}

// Damaged pages and runs of unreadable ones, by page. What is counted but no longer at hand comes
// after all that is kept.
void EseDatabaseCheck::report_pages(FileReport& report) const {
  auto damaged = damaged_.begin();
  auto run = unreadable_.runs().begin();
  std::uint64_t correctable_reported = 0;
  while (damaged != damaged_.end() || run != unreadable_.runs().end()) {
    if (run == unreadable_.runs().end() ||
        (damaged != damaged_.end() && damaged->first < run->first)) {
      if (damaged->second.verdict == PageVerdict::correctable) ++correctable_reported;
      report.add(
          damaged_page(damaged->first, damaged->second, geometry_.page_bytes, pages_expected_));
      ++damaged;
    } else {
      report.add(unreadable_pages(run->first, run->second, geometry_.page_bytes));
      ++run;
    }
  }
  const std::uint64_t not_kept = damaged_total_ - damaged_.size() + unreadable_.runs_dropped();
  report.findings_total += not_kept;
  report.unsound_total += not_kept - (correctable_total_ - correctable_reported);
}

}  // namespace

std::unique_ptr<StreamCheck> make_ese_database_check(std::string path, EseDatabaseGeometry geometry,
                                                     EseCheckLimits limits) {
  return std::make_unique<EseDatabaseCheck>(std::move(path), std::move(geometry), limits,
                                            std::nullopt);
}

std::unique_ptr<StreamCheck> open_ese_database_check(std::string path, std::uint64_t file_bytes,
                                                     std::span<const std::byte> first_bytes,
                                                     EseCheckLimits limits) {
  EseHeaderReading opened = read_ese_header(first_bytes);
  using Status = EseHeaderReading::Status;
  EseDatabaseGeometry geometry{.file_bytes = file_bytes};
  if (opened.status != Status::refused) geometry.page_bytes = opened.page_bytes;
  if (opened.status != Status::refused && opened.status != Status::corrupt)
    geometry.state = to_string(static_cast<EseState>(opened.header.state.value()));
  return std::make_unique<EseDatabaseCheck>(std::move(path), std::move(geometry), limits,
                                            std::move(opened));
}

}  // namespace tintype
