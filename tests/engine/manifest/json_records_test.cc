#include "engine/manifest/json_records.h"

#include <gmock/gmock.h>

#include "engine/manifest/json_limits.h"

namespace tintype {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPatterns[] = {"", "a[]", "a[].b[]", "a[].c"};

std::string error_of(std::string_view text) {
  const auto read = read_json_records(text, "t", kPatterns, [](JsonRecord&) {});
  return read ? "" : read.error().line();
}

TEST(JsonRecords, ComeInnermostFirst) {
  std::vector<std::string> seen;
  const auto read = read_json_records(
      R"({"a":[{"b":[{"n":1},{"n":2}],"n":3,"c":{"n":4}},{"n":5}],"x":{"a":[{"n":6}]},"n":7})", "t",
      kPatterns, [&](JsonRecord& record) {
        int n = 0;
        record.get("n", n);
        seen.push_back(std::string(record.pattern()) + "=" + std::to_string(n));
      });
  ASSERT_TRUE(read) << read.error().line();
  EXPECT_THAT(seen, ElementsAre("a[].b[]=1", "a[].b[]=2", "a[].c=4", "a[]=3", "a[]=5", "=7"));
}

TEST(JsonRecords, WrongPlacesAreNamed) {
  EXPECT_EQ(error_of(R"({"a":[]})"), "");
  EXPECT_THAT(error_of(R"([])"), HasSubstr("t is not a JSON object"));
  EXPECT_THAT(error_of(R"({"a":{}})"), HasSubstr("t: a is not a list"));
  EXPECT_THAT(error_of(R"({"a":[{},[]]})"), HasSubstr("t: a[1] is not an object"));
  EXPECT_THAT(error_of(R"({"a":[{"b":null}]})"), HasSubstr("t: a[0].b is not a list"));
  EXPECT_THAT(error_of(R"({"a":[{},{"c":[]}]})"), HasSubstr("t: a[1].c is not an object"));
  EXPECT_THAT(error_of(R"({"a":[],"a":[]})"), HasSubstr("t: a is there twice"));
  EXPECT_THAT(error_of(R"({"x":{"y":1,"y":2}})"), HasSubstr("t: x.y is there twice"));
  EXPECT_THAT(error_of(R"({"a":[]}})"), HasSubstr("cannot be read at byte"));
  EXPECT_THAT(error_of(R"({"a":[],})"), HasSubstr("cannot be read at byte"));
}

TEST(JsonLimits, WhatWouldCostMemoryIsRefusedBeforeItIsParsed) {
  EXPECT_EQ(json_limit_broken_in(R"({"a":[{"b":[{"c":-1.5e300,"d":"\"[[[\\"}]}]})"), "");
  EXPECT_THAT(json_limit_broken_in(std::string("{\"a\":\0}", 7)), HasSubstr("NUL"));
  EXPECT_THAT(json_limit_broken_in(std::string(17, '[')), HasSubstr("nested deeper"));
  EXPECT_EQ(json_limit_broken_in(std::string(16, '[')), "");
  EXPECT_THAT(json_limit_broken_in("\"" + std::string(2 << 20, 'x')), HasSubstr("has a text"));
  EXPECT_THAT(json_limit_broken_in("[" + std::string(65, '1') + "]"), HasSubstr("has a number"));
}

}  // namespace
}  // namespace tintype
