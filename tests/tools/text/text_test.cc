#include "tools/text/text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace tintype {
namespace {

TEST(Text, KnowsUtf8FromRubbish) {
  for (const char* good : {"a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x93\xB7", "\xED\x9F\xBF"})
    EXPECT_EQ(utf8_length(good), std::string_view(good).size());
  // Continuation alone, overlong, surrogate, too high, cut off.
  for (const char* bad :
       {"", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xFF"})
    EXPECT_EQ(utf8_length(bad), 0u) << testing::PrintToString(bad);
}

TEST(Text, NothingThatSteersATerminalIsPrinted) {
  EXPECT_EQ(printable("/Mail/\x1b[2J\r\nx\x7f"), "/Mail/\\x1b[2J\\x0d\\x0ax\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\x9b31m")
      << "C1 controls steer some terminals";
  EXPECT_EQ(printable("Gr\xC3\xB6\xC3\x9F"
                      "e"),
            "Gr\xC3\xB6\xC3\x9F"
            "e");
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Text, EveryByteStringIsAJsonString) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& text : {all, std::string("\"\\\n\t\0x", 6), std::string("\xE2\x82")}) {
    const std::string json = json_string(text);
    EXPECT_TRUE(nlohmann::json::accept(json)) << json;
    EXPECT_EQ(json.find('\n'), std::string::npos);
  }
  EXPECT_EQ(nlohmann::json::parse(json_string("G\xC3\xB6\"\\\n\x01")), "G\xC3\xB6\"\\\n\x01");
  EXPECT_EQ(json_string("a\xFF"), "\"a\\ufffd\"");
}

TEST(Text, CutsByColumnsAndTellsIt) {
  EXPECT_EQ(cut_end("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(cut_end("abcdefghi", 8), "abcde...");
  EXPECT_EQ(cut_middle("/very/long/path/DB1.edb", 15), "/ver.../DB1.edb");
  EXPECT_EQ(columns(cut_middle("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 6)), 6u);
  EXPECT_EQ(cut_end("abc", 0), "");
  EXPECT_EQ(padded("\xC3\xBC", 3), "\xC3\xBC  ");
}

TEST(Text, WrapsBetweenWords) {
  EXPECT_EQ(wrapped("one two three four", 2, 12), "one two\n  three four");
  EXPECT_EQ(wrapped("short", 2, 12), "short");
  EXPECT_EQ(wrapped("averyveryverylongword", 2, 12), "averyveryverylongword");
  EXPECT_EQ(wrapped("", 2, 12), "");
}

}  // namespace
}  // namespace tintype
