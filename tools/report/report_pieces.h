// The pieces that a report's page is put together from, as page/embed.cmake has put them
// into the program: our markup, style and script, and uPlot's. All are empty in a program that was
// built without uPlot.
#pragma once

#include <string_view>

namespace tintype {

struct ReportPieces {
  std::string_view html, style, script;
  std::string_view chart_script, chart_style, chart_licence;
};
extern const ReportPieces kReportPieces;

}  // namespace tintype
