// The in-line check of a database that is one file of equal pages, whatever the format: whole pages
// are judged in scan(), the parts of cut ones are reduced to sums, which merge() joins until all
// bytes of a page were seen. finish() tells in page order: neither the order of the merges nor the
// number of threads shows in the report. Whoever derives from it judges one page from its sums, and
// tells of what has words of its own in its database.
//
// Sums: what a page's verdict needs, whole or of a part. It has `bytes_seen`, add(page_bytes,
// byte_offset, bytes) and merge(other); zeros add nothing but to bytes_seen.
// Judged: what a page was judged. It has `verdict`, `stored` and `computed`, and time_of(result) is
// PageTotals::add's time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hashing/counted.h"
#include "verify/page_cut.h"
#include "verify/page_findings.h"
#include "verify/page_runs.h"
#include "verify/page_totals.h"
#include "verify/stream_check.h"

namespace tintype {

struct PageResult {
  PageVerdict verdict = PageVerdict::sound;
  std::uint64_t stored = 0;  // checksums, of a bad page
  std::uint64_t computed = 0;
  std::uint64_t time = 0;
};
[[nodiscard]] inline std::uint64_t time_of(const PageResult& result) noexcept {
  return result.time;
}

template <class Sums, class Judged = PageResult>
class PagedCheck : public StreamCheck {
 public:
  // `pages`: how many whole pages the file has; what lies behind them is left out.
  // `pages_held_max`: pages of which only a part was seen. Beyond it they are not checked, and that
  // is a finding.
  // `header_pages`: the first ones of the file, which are counted like the others, but what is
  // found of them is told by describe_headers() alone.
  PagedCheck(std::string path, std::uint32_t page_bytes, std::uint64_t pages,
             std::uint64_t pages_held_max, std::size_t header_pages = 0)
      : path_(std::move(path)),
        page_bytes_(page_bytes),
        pages_(pages),
        pages_held_max_(pages_held_max),
        headers_(header_pages) {}

  [[nodiscard]] std::unique_ptr<ScanResult> scan(std::uint64_t file_offset,
                                                 std::span<const std::byte> bytes) const final {
    auto scan = std::make_unique<Scan>();
    scan->cut = PageCut::of(file_offset, bytes.size(), page_bytes_, pages_);
    const auto take = [&](std::uint32_t byte_offset, std::uint32_t length) {
      Sums sums;
      sums.add(page_bytes_, byte_offset, bytes.first(length));
      bytes = bytes.subspan(length);
      return sums;
    };
    const auto take_part = [&](const PageCut::Part& part) {
      if (part.bytes != 0) scan->parts.emplace_back(part.page, take(part.byte_offset, part.bytes));
    };
    take_part(scan->cut.head);
    for (std::uint64_t i = 0; i < scan->cut.whole_pages; ++i) {
      const std::uint64_t page = scan->cut.first_whole + i;
      const Judged result = judge(page, take(0, page_bytes_));
      scan->totals.add(page, result.verdict, time_of(result));
      if (page < headers_.size() || is_damaged(result)) scan->notable.emplace_back(page, result);
    }
    take_part(scan->cut.tail);
    return scan;
  }

  void merge(ScanResult& merged) final {
    auto& scan = static_cast<Scan&>(merged);
    totals_.add(scan.totals);
    tally_.add(scan.cut.first_whole, scan.cut.whole_pages);
    for (const auto& [page, result] : scan.notable) note(page, result);
    for (auto& [page, sums] : scan.parts) join(page, std::move(sums), false);
  }

  void merge_zeros(std::uint64_t file_offset, std::uint64_t length) final {
    declare(file_offset, length, PageVerdict::uninitialised);
  }
  void merge_unreadable(std::uint64_t file_offset, std::uint64_t length) final {
    declare(file_offset, length, PageVerdict::unreadable);
  }

  [[nodiscard]] FileReport finish() final {
    FileReport report;
    report.path = path_;
    report.page_bytes = page_bytes_;
    report.pages_expected = pages_;
    report.pages = totals_.counts;
    report.highest_dbtime = totals_.highest_dbtime;
    report.highest_dbtime_page =
        totals_.highest_dbtime == 0 ? 0 : number_of(totals_.highest_dbtime_page);
    describe(report);  // what concerns the whole file must never be crowded out by pages
    report_completeness(report);
    describe_headers(report, headers_);
    report_pages(report);
    return report;
  }

 protected:
  // Pure and thread-safe: all bytes of the page are in the sums.
  [[nodiscard]] virtual Judged judge(std::uint64_t file_page, const Sums& sums) const = 0;
  // The format, and what is found about the file as a whole.
  virtual void describe(FileReport& report) const = 0;
  // What is found of the header pages, of those of which all bytes came by.
  virtual void describe_headers(FileReport&, std::span<const std::optional<Judged>>) const {}
  // What the database calls the page at this place of the file.
  [[nodiscard]] virtual std::int64_t number_of(std::uint64_t file_page) const = 0;
  // How many digits a checksum has where it is told.
  [[nodiscard]] virtual int checksum_hex_digits() const { return 16; }
  // A page that is neither sound nor without content nor unreadable.
  [[nodiscard]] virtual Finding damaged_finding(std::uint64_t page, const Judged& result) const {
    return bad_page_finding(place(page, 1), result.stored, result.computed, checksum_hex_digits());
  }
  [[nodiscard]] virtual Finding unreadable_finding(std::uint64_t first_page,
                                                   std::uint64_t pages) const {
    return unreadable_pages_finding(place(first_page, pages));
  }
  // Behind "2 only in part", for those who are told where to look.
  [[nodiscard]] virtual std::string first_in_part_text(std::uint64_t) const { return {}; }

  [[nodiscard]] std::uint32_t page_bytes() const noexcept { return page_bytes_; }
  [[nodiscard]] std::uint64_t pages() const noexcept { return pages_; }

 private:
  struct Scan final : ScanResult {
    PageTotals totals;
    PageCut cut;
    std::vector<std::pair<std::uint64_t, Judged>> notable;  // header pages, and damaged ones
    std::vector<std::pair<std::uint64_t, Sums>> parts;
  };
  struct HeldPage {
    Sums sums;
    bool unreadable = false;
  };

  static bool is_damaged(const Judged& result) noexcept {
    return result.verdict != PageVerdict::sound && result.verdict != PageVerdict::uninitialised;
  }

  // Only the first damaged ones of the file are kept, however many there are.
  void note(std::uint64_t page, const Judged& result) {
    if (page < headers_.size()) {
      headers_[page] = result;
      return;
    }
    if (!is_damaged(result)) return;
    ++damaged_total_;
    if (result.verdict == PageVerdict::correctable) ++correctable_total_;
    damaged_.emplace(page, result);
    if (damaged_.size() > FileReport::kFindingsKeptMax) damaged_.erase(std::prev(damaged_.end()));
  }

  void join(std::uint64_t page, Sums&& part, bool unreadable) {
    auto held = held_.find(page);
    if (held == held_.end()) {
      if (held_.size() >= pages_held_max_) {
        ++parts_dropped_;
        return;
      }
      held = held_.try_emplace(page).first;
    }
    HeldPage& whole = held->second;
    whole.sums.merge(std::move(part));
    whole.unreadable |= unreadable;
    if (whole.sums.bytes_seen != page_bytes_) return;
    const Judged result =
        whole.unreadable ? Judged{.verdict = PageVerdict::unreadable} : judge(page, whole.sums);
    held_.erase(held);
    totals_.add(page, result.verdict, time_of(result));
    tally_.add(page, 1);
    if (result.verdict == PageVerdict::unreadable)
      unreadable_.add(page, 1);
    else
      note(page, result);
  }

  // Whole pages are counted, however many there are; the cut ones join their other parts.
  void declare(std::uint64_t file_offset, std::uint64_t length, PageVerdict verdict) {
    const PageCut cut = PageCut::of(file_offset, length, page_bytes_, pages_);
    const bool unreadable = verdict == PageVerdict::unreadable;
    for (const PageCut::Part& part : {cut.head, cut.tail}) {
      if (part.bytes == 0) continue;
      Sums sums;
      sums.bytes_seen = part.bytes;
      join(part.page, std::move(sums), unreadable);
    }
    tally_.add(cut.first_whole, cut.whole_pages);
    totals_.counts.seen += cut.whole_pages;
    (unreadable ? totals_.counts.unreadable : totals_.counts.uninitialised) += cut.whole_pages;
    if (unreadable) unreadable_.add(cut.first_whole, cut.whole_pages);
    const std::uint64_t end = cut.first_whole + cut.whole_pages;
    for (std::uint64_t page = cut.first_whole; page < std::min<std::uint64_t>(end, headers_.size());
         ++page)
      headers_[page] = Judged{.verdict = verdict};
  }

  // Every page must have been seen, and no page twice.
  void report_completeness(FileReport& report) const {
    if (parts_dropped_ != 0)
      report.add({.kind = FindingKind::not_checked,
                  .text = fmt::format("{} not checked: more than {} pages came in parts at a time",
                                      counted(parts_dropped_, "part of a page", "parts of pages"),
                                      pages_held_max_)});
    if (tally_.is_exactly(pages_)) return;
    std::string text = fmt::format("{} of {} seen", tally_.seen(), counted(pages_, "page"));
    if (tally_.seen() >= pages_) text += ", some more than once";
    if (!held_.empty()) {
      const auto first =
          std::ranges::min_element(held_, {}, [](const auto& page) { return page.first; });
      text += fmt::format(", {} only in part{}", held_.size(), first_in_part_text(first->first));
    }
    report.add({.kind = FindingKind::incomplete, .text = std::move(text)});
  }

  [[nodiscard]] PagePlace place(std::uint64_t page, std::uint64_t pages) const {
    return {.number = number_of(page),
            .file_offset = page * page_bytes_,
            .pages = pages,
            .page_bytes = page_bytes_};
  }

  // Damaged pages and runs of unreadable ones, by page. What is counted but no longer at hand comes
  // after all that is kept.
  void report_pages(FileReport& report) const {
    auto damaged = damaged_.begin();
    auto run = unreadable_.runs().begin();
    std::uint64_t correctable_reported = 0;
    while (damaged != damaged_.end() || run != unreadable_.runs().end()) {
      if (run == unreadable_.runs().end() ||
          (damaged != damaged_.end() && damaged->first < run->first)) {
        if (damaged->second.verdict == PageVerdict::correctable) ++correctable_reported;
        report.add(damaged_finding(damaged->first, damaged->second));
        ++damaged;
      } else {
        report.add(unreadable_finding(run->first, run->second));
        ++run;
      }
    }
    const std::uint64_t not_kept = damaged_total_ - damaged_.size() + unreadable_.runs_dropped();
    report.findings_total += not_kept;
    report.unsound_total += not_kept - (correctable_total_ - correctable_reported);
  }

  std::string path_;
  std::uint32_t page_bytes_;
  std::uint64_t pages_;
  std::uint64_t pages_held_max_;

  PageTotals totals_;
  PageTally tally_;
  std::vector<std::optional<Judged>> headers_;
  std::map<std::uint64_t, Judged> damaged_;  // the first ones
  std::uint64_t damaged_total_ = 0;
  std::uint64_t correctable_total_ = 0;
  PageRuns unreadable_;
  std::unordered_map<std::uint64_t, HeldPage> held_;
  std::uint64_t parts_dropped_ = 0;
};

}  // namespace tintype
