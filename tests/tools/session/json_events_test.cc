#include "tools/session/json_events.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace tintype {
namespace {

using Json = nlohmann::json;

TEST(JsonObject, KeepsTypesAndOrder) {
  const std::string line = JsonObject()
                               .add("text", "a\"b")
                               .add("yes", true)
                               .add("big", std::uint64_t{18446744073709551615u})
                               .add("negative", -1018)
                               .add("half", 0.5)
                               .add("nan", std::numeric_limits<double>::quiet_NaN())
                               .add("words", std::vector<std::string>{"x", "\n"})
                               .add("none", std::vector<std::string>{})
                               .add("inner", JsonObject().add("n", 1))
                               .add("list", std::vector<JsonObject>{JsonObject(), JsonObject()})
                               .merge(JsonObject().add("last", "z"))
                               .str();
  const Json json = Json::parse(line);
  EXPECT_EQ(json["text"], "a\"b");
  EXPECT_EQ(json["yes"], true);
  EXPECT_EQ(json["big"], 18446744073709551615u);
  EXPECT_EQ(json["negative"], -1018);
  EXPECT_EQ(json["half"], 0.5);
  EXPECT_TRUE(json["nan"].is_null());
  EXPECT_EQ(json["words"], Json({"x", "\n"}));
  EXPECT_TRUE(json["none"].empty());
  EXPECT_EQ(json["inner"]["n"], 1);
  EXPECT_EQ(json["list"].size(), 2u);
  EXPECT_EQ(json["last"], "z");
  EXPECT_TRUE(line.starts_with("{\"text\":")) << line;
  EXPECT_EQ(JsonObject().merge(JsonObject()).str(), "{}");
}

TEST(JsonEvents, EachIsOneLineWithSchemaAndType) {
  std::ostringstream out;
  JsonEvents events(out);
  events.write("start", JsonObject().add("path", "a\nb\xff"));
  events.write("summary", JsonObject());
  std::istringstream lines(out.str());
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(Json::parse(line)["schema"], 1);
  EXPECT_EQ(Json::parse(line)["type"], "start");
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, R"({"schema":1,"type":"summary"})");
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(JsonEvents, ProgressComesOnceASecondAndAtEachPhase) {
  std::ostringstream out;
  JsonEvents events(out);
  const auto count = [&] {
    const std::string text = out.str();
    return std::count(text.begin(), text.end(), '\n');
  };
  Progress progress{.phase = Phase::copy, .volume = "D", .total_bytes = 100, .read_bytes = 7};
  events.progress(progress, 10.0);
  events.progress(progress, 10.5);
  EXPECT_EQ(count(), 1);
  events.progress(progress, 11.1);
  EXPECT_EQ(count(), 2);
  progress.phase = Phase::read_back;
  events.progress(progress, 11.2);
  EXPECT_EQ(count(), 3);
  const Json json = Json::parse(out.str().substr(0, out.str().find('\n')));
  EXPECT_EQ(json["read_bytes"], 7);
  EXPECT_EQ(json["volume"], "D");
  EXPECT_EQ(json["phase"], "copy");
}

}  // namespace
}  // namespace tintype
