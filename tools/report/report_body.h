// The text of a report as HTML: what reads well without any script. Whatever is handed in is text,
// and is made safe here: file names and labels may hold anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

// As printable(), and nothing in it is markup.
[[nodiscard]] std::string html_text(std::string_view text);

class ReportBody {
 public:
  enum class Tone : std::uint8_t { plain, good, warn, bad };
  struct Cell {
    Cell(std::string words, Tone how = Tone::plain) : text(std::move(words)), tone(how) {}
    Cell(std::string_view words) : text(words) {}
    Cell(const char* words) : text(words) {}
    std::string text;
    Tone tone = Tone::plain;
  };
  struct Column {
    std::string name;
    enum class Shape : std::uint8_t { text, number, wide } shape = Shape::text;
  };
  static constexpr Column::Shape kNumber = Column::Shape::number;
  static constexpr Column::Shape kWide = Column::Shape::wide;  // sentences
  using Row = std::vector<Cell>;

  // The box on top: the outcome, and what it means.
  void verdict(Tone tone, std::string_view line, std::string_view meaning);
  void eyebrow(std::string_view text);
  void tiles(const std::vector<Row>& labels_and_values);

  void section(std::string_view title);
  void subsection(std::string_view title);
  void paragraph(std::string_view text);
  // Label and value; rows without a value are left out.
  void facts(const std::vector<Row>& rows);
  void table(const std::vector<Column>& columns, const std::vector<Row>& rows);
  // Where the page's script draws; `needs` is what a reader without script misses.
  void place(std::string_view id, std::string_view needs);
  void footer(std::string_view text);

  void append(const ReportBody& more) { html_ += more.html_; }
  [[nodiscard]] const std::string& html() const noexcept { return html_; }

 private:
  std::string html_;
};

}  // namespace tintype
