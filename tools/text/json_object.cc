#include "tools/text/json_object.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/text/text.h"

namespace tintype {
namespace {

template <class T, class F>
std::string list_of(const std::vector<T>& values, F to_text) {
  std::string list;
  for (const T& value : values) list += (list.empty() ? "" : ",") + to_text(value);
  return "[" + list + "]";
}

}  // namespace

JsonObject& JsonObject::add_raw(std::string_view key, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += json_string(key);
  members_ += ':';
  members_ += json;
  return *this;
}

JsonObject& JsonObject::add(std::string_view key, std::string_view value) {
  return add_raw(key, json_string(value));
}

JsonObject& JsonObject::add(std::string_view key, double value) {
  return add_raw(key, std::isfinite(value) ? fmt::format("{:.6g}", value) : "null");
}

JsonObject& JsonObject::add(std::string_view key, const std::vector<std::string>& values) {
  return add_raw(key, list_of(values, [](const std::string& value) { return json_string(value); }));
}

JsonObject& JsonObject::add(std::string_view key, const std::vector<JsonObject>& values) {
  return add_raw(key, list_of(values, [](const JsonObject& value) { return value.str(); }));
}

JsonObject& JsonObject::merge(const JsonObject& more) {
  if (!members_.empty() && !more.members_.empty()) members_ += ',';
  members_ += more.members_;
  return *this;
}

}  // namespace tintype
