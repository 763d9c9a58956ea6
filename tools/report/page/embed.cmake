# cmake -D OUT=FILE -D PAGE=DIR -D CHARTS=DIR|"" -P embed.cmake
#
# Writes a .cc with the page's pieces as string literals. Without CHARTS (uPlot's folder) they are
# empty, and the program refuses --report.
set(names html style script chart_script chart_style chart_licence)
set(html "${PAGE}/page.html")
set(style "${PAGE}/page.css")
set(script "${PAGE}/page.js")
set(chart_script "${CHARTS}/dist/uPlot.iife.min.js")
set(chart_style "${CHARTS}/dist/uPlot.min.css")
set(chart_licence "${CHARTS}/LICENSE")

set(source "// Made by embed.cmake.\n#include \"tools/report/report_pieces.h\"\n\nnamespace tintype {\n\n")
string(APPEND source "const ReportPieces kReportPieces = {\n")
foreach(name IN LISTS names)
  set(text "")
  if(CHARTS)
    file(READ "${${name}}" text)
  endif()
  string(FIND "${text}" ")tintype\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${${name}} holds what ends a literal")
  endif()
  string(APPEND source "    .${name} = R\"tintype(${text})tintype\",\n")
endforeach()
string(APPEND source "};\n\n}  // namespace tintype\n")
file(WRITE "${OUT}" "${source}")
