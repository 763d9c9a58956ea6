// A report as one page: nothing is fetched from anywhere, and of the scripts only our own may run,
// even if something else got into the text.
#pragma once

#include <string>
#include <string_view>

#include "tools/report/report_body.h"

namespace tintype {

// Whether this program was built with what draws the charts.
[[nodiscard]] bool has_report_page() noexcept;
// Whether a file that begins like this is one of these pages.
[[nodiscard]] bool is_report_page(std::string_view head) noexcept;
// `data_json` is JSON; what in it could end its script element is written in another way.
[[nodiscard]] std::string report_page(std::string_view title, const ReportBody& body,
                                      std::string_view data_json);

}  // namespace tintype
