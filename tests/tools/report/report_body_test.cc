// Text of a report: whatever comes from outside is text in it.
#include "tools/report/report_body.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tools/report/report_data.h"
#include "tools/report/report_page.h"

namespace tintype {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr std::string_view kHostile =
    "</script><img src=x onerror=\"alert('1')\">&amp;<!--\x1b[2J\xff";

TEST(HtmlText, NothingInItIsMarkup) {
  EXPECT_EQ(html_text(kHostile),
            "&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;"
            "&lt;!--\\x1b[2J\xef\xbf\xbd");
  EXPECT_EQ(html_text(""), "");
  EXPECT_EQ(html_text("Größe 5 µs"), "Größe 5 µs");
  // Every single byte, alone and between letters.
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = html_text(std::string("a") + static_cast<char>(byte) + "b");
    EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos) << byte;
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << byte;
  }
}

TEST(ReportBody, TextIsTextInEveryElement) {
  ReportBody body;
  const std::string hostile(kHostile);
  body.eyebrow(hostile);
  body.verdict(ReportBody::Tone::bad, hostile, hostile);
  body.tiles({{hostile, hostile}});
  body.section(hostile);
  body.subsection(hostile);
  body.paragraph(hostile);
  body.facts({{hostile, ReportBody::Cell(hostile, ReportBody::Tone::warn)}});
  body.table({{hostile}, {hostile, ReportBody::kNumber}}, {{hostile, hostile}});
  body.place("charts", hostile);
  body.footer(hostile);
  EXPECT_THAT(body.html(), Not(HasSubstr("<img")));
  EXPECT_THAT(body.html(), Not(HasSubstr("</script")));
  EXPECT_THAT(body.html(), Not(HasSubstr("<!--")));
  std::size_t seen = 0;
  for (std::size_t at = 0; (at = body.html().find("&lt;img", at)) != std::string::npos; ++at)
    ++seen;
  EXPECT_EQ(seen, 16u) << body.html();
}

TEST(ReportBody, FactsWithoutAValueAreLeftOut) {
  ReportBody body;
  body.facts({{"label", ""}, {"other", "value"}});
  EXPECT_THAT(body.html(), Not(HasSubstr("label")));
  EXPECT_THAT(body.html(), HasSubstr("<th scope=\"row\">other</th><td>value</td>"));
}

TEST(ReportPage, HoldsItsDataWhateverIsInThem) {
  ASSERT_TRUE(has_report_page()) << "tools/install-dependencies.sh test, then configure again";
  const std::string hostile = "</script><script>alert(1)</script><!-- @@nonce@@ @@data@@";
  const JsonObject data = JsonObject().add("name", hostile).add("number", 7);
  ReportBody body;
  body.paragraph(hostile);
  const std::string page = report_page(hostile, body, data.str());
  constexpr std::string_view kBegin = "<script type=\"application/json\" id=\"report-data\">";
  const std::size_t begin = page.find(kBegin);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t from = begin + kBegin.size(), end = page.find("</script>", from);
  EXPECT_EQ(Json::parse(page.substr(from, end - from)), Json::parse(data.str()));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, HasSubstr("&lt;!-- @@nonce@@ @@data@@")) << "marks in texts are not replaced";
  EXPECT_THAT(page, HasSubstr("Copyright (c) 2022 Leon Sorokin"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http"))) << "nothing is fetched";
}

TEST(ReportPage, EachHasANonceOfItsOwn) {
  const auto nonce_of = [](const std::string& page) {
    const std::size_t at = page.find("'nonce-");
    return page.substr(at + 7, 32);
  };
  const std::string a = nonce_of(report_page("t", {}, "{}")),
                    b = nonce_of(report_page("t", {}, "{}"));
  EXPECT_EQ(a.find_first_not_of("0123456789abcdef"), std::string::npos) << a;
  EXPECT_NE(a, b);
}

TEST(ReportData, ATimelineAsJsonKeepsItsSums) {
  JobTimeline timeline;
  timeline.begin_pass("disk", Phase::copy, 1);
  PassCounters counters{.read_bytes = 1000, .written_bytes = 500};
  counters.times.add(1.5, Stage::read);
  counters.times.add(0.5, Stage::write_limit);
  timeline.add(counters, 3);
  const Json json = Json::parse(to_json(timeline).str());
  ASSERT_EQ(json["samples"].size(), 2u);
  for (const Json& sample : json["samples"]) {
    double sum = 0;
    for (const Json& share : sample["shares"]) sum += share.get<double>();
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_EQ(json["samples"][1]["shares"]["write-limit"], 0.25);
  EXPECT_EQ(json["samples"][1]["limiting"], "read");
  EXPECT_EQ(json["samples"][1]["read_bytes"], 1000);
  EXPECT_EQ(json["passes"][0]["name"], "disk");
}

TEST(ReportData, CellsAreRunsOfLikeOnes) {
  VolumeMap map("v", 10 << 12);
  map.set_captured({{0, 3 << 12}}, {{0, 3 << 12}});
  const FileRun run[] = {{0, 8 << 12, 100}};
  map.add_file(VolumeMap::FileKind::log, "/E00.log", 100, run);
  const Json json = Json::parse(to_json(map).str());
  EXPECT_EQ(json["cells"], Json::parse("[[3,4096,0,0,0,0,0,[]],[5,0,0,0,0,0,0,[]],"
                                       "[1,0,0,0,0,100,0,[0]],[1,0,0,0,0,0,0,[]]]"));
  EXPECT_EQ(json["cell_fields"].size(), json["cells"][0].size());
  EXPECT_EQ(Json::parse(to_json(VolumeMap("empty", 0)).str())["cells"].size(), 0u);
}

}  // namespace
}  // namespace tintype
