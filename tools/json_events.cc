#include "tools/json_events.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/text.h"

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

void JsonEvents::write(std::string_view type, const JsonObject& members) {
  const JsonObject event = JsonObject().add("schema", kSchema).add("type", type).merge(members);
  out_ << event.str() << '\n' << std::flush;
}

void JsonEvents::progress(const Progress& progress, double now) {
  if (last_progress_ >= 0 && progress.phase == last_phase_ && now - last_progress_ < 1) return;
  last_progress_ = now;
  last_phase_ = progress.phase;
  write("progress", JsonObject()
                        .add("phase", to_string(progress.phase))
                        .add("volume", progress.volume)
                        .add("total_bytes", progress.total_bytes)
                        .add("read_bytes", progress.read_bytes)
                        .add("written_bytes", progress.written_bytes)
                        .add("read_back_bytes", progress.read_back_bytes)
                        .add("unreadable_bytes", progress.unreadable_bytes)
                        .add("seconds", progress.seconds)
                        .add("read_share", read_share(progress.times))
                        .add("compute_share", progress.times.share(Stage::compute))
                        .add("write_share", write_share(progress.times))
                        .add("read_back_share", progress.times.share(Stage::read_back))
                        .add("limiting", to_string(progress.limiting)));
}

}  // namespace tintype
