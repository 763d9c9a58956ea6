// One JSON object, put together member by member.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace tintype {

// Builds one JSON object on one line, members in the order they are added.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view value);
  JsonObject& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  JsonObject& add(std::string_view key, bool value) {
    return add_raw(key, value ? "true" : "false");
  }
  JsonObject& add(std::string_view key, double value);
  template <std::integral T>
  JsonObject& add(std::string_view key, T value) {
    return add_raw(key, std::to_string(value));
  }
  JsonObject& add(std::string_view key, const JsonObject& value) {
    return add_raw(key, value.str());
  }
  JsonObject& add(std::string_view key, const std::vector<std::string>& values);  // strings
  JsonObject& add(std::string_view key, const std::vector<JsonObject>& values);
  // `json` is JSON already, on one line.
  JsonObject& add_raw(std::string_view key, std::string_view json);

  // All members of another object, behind the own ones.
  JsonObject& merge(const JsonObject& more);

  [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace tintype
