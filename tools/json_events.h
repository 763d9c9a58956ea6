// --json: one event a line (NDJSON) on standard output, schema 1.
//
//   {"schema":1,"type":"start",…}     once, first
//   {"schema":1,"type":"progress",…}  about once a second
//   "detail", "warning", "finding", "error"
//   {"schema":1,"type":"summary","exit_code":0,…}  once, last, also after an error
//
// Sizes are bytes and times are seconds. Members may be added within schema 1; readers ignore what
// they do not know.
#pragma once

#include <concepts>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/monitor/job_monitor.h"

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

class JsonEvents {
 public:
  static constexpr int kSchema = 1;
  explicit JsonEvents(std::ostream& out) : out_(out) {}

  // Writes and flushes one line: {"schema":1,"type":TYPE, members…}.
  void write(std::string_view type, const JsonObject& members);
  // At most once a second, and when the phase changes.
  void progress(const Progress& progress, double now);

 private:
  std::ostream& out_;
  double last_progress_ = -1;
  Phase last_phase_ = Phase::prepare;
};

}  // namespace tintype
