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

#include <ostream>
#include <string>
#include <string_view>

#include "engine/monitor/job_monitor.h"
#include "tools/text/json_object.h"

namespace tintype {

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
