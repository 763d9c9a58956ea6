#include "tools/report/report_body.h"

#include <fmt/format.h>

#include "tools/text/text.h"

namespace tintype {
namespace {

using Tone = ReportBody::Tone;

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "good";
    case Tone::warn:
      return "warn";
    case Tone::bad:
      return "bad";
  }
  return "";
}

std::string cell_html(const ReportBody::Cell& cell) {
  if (cell.tone == Tone::plain) return html_text(cell.text);
  return fmt::format("<span class=\"tag {}\">{}</span>", class_of(cell.tone), html_text(cell.text));
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

void ReportBody::verdict(Tone tone, std::string_view line, std::string_view meaning) {
  html_ += fmt::format("<header class=\"verdict {}\"><h1>{}</h1><p>{}</p></header>\n",
                       class_of(tone), html_text(line), html_text(meaning));
}

void ReportBody::eyebrow(std::string_view text) {
  html_ += fmt::format("<p class=\"eyebrow\">{}</p>\n", html_text(text));
}

void ReportBody::tiles(const std::vector<Row>& labels_and_values) {
  html_ += "<dl class=\"tiles\">\n";
  for (const Row& row : labels_and_values)
    html_ +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", cell_html(row[0]), cell_html(row[1]));
  html_ += "</dl>\n";
}

void ReportBody::section(std::string_view title) {
  html_ += fmt::format("<h2>{}</h2>\n", html_text(title));
}

void ReportBody::subsection(std::string_view title) {
  html_ += fmt::format("<h3>{}</h3>\n", html_text(title));
}

void ReportBody::paragraph(std::string_view text) {
  html_ += fmt::format("<p class=\"soft\">{}</p>\n", html_text(text));
}

void ReportBody::facts(const std::vector<Row>& rows) {
  html_ += "<table class=\"facts\"><tbody>\n";
  for (const Row& row : rows)
    if (!row[1].text.empty())
      html_ += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", cell_html(row[0]),
                           cell_html(row[1]));
  html_ += "</tbody></table>\n";
}

void ReportBody::table(const std::vector<Column>& columns, const std::vector<Row>& rows) {
  const auto class_at = [&](std::size_t i) {
    return columns[i].shape == kNumber ? " class=\"number\""
           : columns[i].shape == kWide ? " class=\"wide\""
                                       : "";
  };
  html_ += "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t i = 0; i < columns.size(); ++i)
    html_ += fmt::format("<th scope=\"col\"{}>{}</th>", class_at(i), html_text(columns[i].name));
  html_ += "</tr></thead><tbody>\n";
  for (const Row& row : rows) {
    html_ += "<tr>";
    for (std::size_t i = 0; i < columns.size(); ++i)
      html_ += fmt::format("<td{}>{}</td>", class_at(i), cell_html(row[i]));
    html_ += "</tr>\n";
  }
  html_ += "</tbody></table></div>\n";
}

void ReportBody::place(std::string_view id, std::string_view needs) {
  html_ += fmt::format(
      "<div id=\"{}\"></div>\n<noscript><p class=\"soft\">{} is drawn by a script, which this "
      "browser does not run.</p></noscript>\n",
      html_text(id), html_text(needs));
}

void ReportBody::footer(std::string_view text) {
  html_ += fmt::format("<footer>{}</footer>\n", html_text(text));
}

}  // namespace tintype
