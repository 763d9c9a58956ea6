// The in-line check of one ESE database: a PagedCheck of ESE's pages, whose header and shadow
// header have findings of their own.
#include "verify/ese/page/ese_database_check.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "verify/ese/page/ese_findings.h"
#include "verify/ese/page/ese_header_findings.h"
#include "verify/ese/page/ese_page_sums.h"
#include "verify/paged_check.h"

namespace tintype {
namespace {

class EseDatabaseCheck final : public PagedCheck<EsePageSums, EsePageResult> {
 public:
  EseDatabaseCheck(std::string path, EseDatabaseGeometry geometry, EseCheckLimits limits,
                   std::optional<EseHeaderReading> opened)
      : PagedCheck(std::move(path), geometry.page_bytes,
                   geometry.page_bytes == 0 ? 0 : geometry.file_bytes / geometry.page_bytes,
                   limits.pages_held_max, kEseHeaderPages),
        state_(std::move(geometry.state)),
        headers_(std::move(opened), geometry.page_bytes) {}

 protected:
  [[nodiscard]] EsePageResult judge(std::uint64_t file_page,
                                    const EsePageSums& sums) const override {
    if (file_page < kEseHeaderPages) return judge_ese_header_page(sums);
    if (file_page + 1 == pages() && looks_like_ese_trailer(sums)) {
      const EsePageResult trailer = judge_ese_header_page(sums);
      if (trailer.verdict == PageVerdict::sound) return trailer;
    }
    return judge_ese_page(sums, page_bytes(), static_cast<std::uint32_t>(file_page - 1));
  }

  void describe(FileReport& report) const override {
    report.format = page_bytes() == 0
                        ? "ESE database"
                        : fmt::format("ESE database, {} KiB pages", page_bytes() / 1024);
    report.state = state_;
    headers_.report_opening(report);
    if (page_bytes() != 0 && pages() == 0)
      report.add(about_the_file(FindingKind::incomplete, "the file is shorter than one page",
                                kErrDatabaseCorrupted));
  }

  void describe_headers(FileReport& report,
                        std::span<const std::optional<EsePageResult>> headers) const override {
    headers_.report_streamed(report, headers);
  }

  [[nodiscard]] std::int64_t number_of(std::uint64_t file_page) const override {
    return page_number_of(file_page);
  }
  [[nodiscard]] Finding damaged_finding(std::uint64_t file_page,
                                        const EsePageResult& result) const override {
    return damaged_page(file_page, result, page_bytes(), pages());
  }
  [[nodiscard]] Finding unreadable_finding(std::uint64_t first_file_page,
                                           std::uint64_t pages) const override {
    return unreadable_pages(first_file_page, pages, page_bytes());
  }
  [[nodiscard]] std::string first_in_part_text(std::uint64_t file_page) const override {
    return fmt::format(" (first: page {})", page_number_of(file_page));
  }

 private:
  std::string state_;
  EseHeaderFindings headers_;
};

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
