#include "tools/report/report_page.h"

#include <fmt/format.h>

#include <random>
#include <utility>
#include <vector>

#include "tools/report/report_pieces.h"

namespace tintype {
namespace {

// "<" stands only inside of strings in JSON, and those may write it like this.
std::string inside_script(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

// Names the scripts of this page as ours. Nobody who names a file can know it before.
std::string make_nonce() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

}  // namespace

bool has_report_page() noexcept {
  return !kReportPieces.chart_script.empty();
}

bool is_report_page(std::string_view head) noexcept {
  return head.starts_with("<!doctype html>") &&
         head.find("<title>tintype ") != std::string_view::npos;
}

std::string report_page(std::string_view title, const ReportBody& body,
                        std::string_view data_json) {
  const std::string nonce = make_nonce(), safe_title = html_text(title),
                    data = inside_script(data_json);
  const std::vector<std::pair<std::string_view, std::string_view>> values{
      {"nonce", nonce},
      {"title", safe_title},
      {"body", body.html()},
      {"data", data},
      {"style", kReportPieces.style},
      {"script", kReportPieces.script},
      {"chart_style", kReportPieces.chart_style},
      {"chart_script", kReportPieces.chart_script},
      {"chart_licence", kReportPieces.chart_licence}};
  // Once from front to back: what is put in is not looked at again.
  constexpr std::string_view kMark = "@@";
  std::string_view rest = kReportPieces.html;
  std::string page;
  for (;;) {
    const std::size_t begin = rest.find(kMark);
    page += rest.substr(0, begin);
    if (begin == std::string_view::npos) return page;
    rest.remove_prefix(begin + kMark.size());
    const std::size_t end = rest.find(kMark);
    for (const auto& [name, value] : values)
      if (name == rest.substr(0, end)) page += value;
    rest.remove_prefix(end + kMark.size());
  }
}

}  // namespace tintype
