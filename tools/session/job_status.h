// What a running job tells `tintype limit`, and what it is told: lines of "key value". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/monitor/job_monitor.h"

namespace tintype {

struct JobStatus {
  std::uint64_t process_id = 0;
  std::string command;  // "backup"
  std::string set;      // its name, once there is one
  std::string volume;   // at work
  std::string limiting;
  std::uint64_t total_bytes = 0, read_bytes = 0, written_bytes = 0;
  double seconds = 0;                             // of this pass
  std::uint64_t read_limit = 0, write_limit = 0;  // bytes per second; 0: none
};

struct LimitRequest {
  std::optional<std::uint64_t> read_limit, write_limit;  // nothing: stays
};

[[nodiscard]] std::string to_text(const JobStatus& status);
// Unknown keys are skipped: programs of different versions talk to each other. Nothing if it is no
// status at all.
[[nodiscard]] std::optional<JobStatus> parse_job_status(std::string_view text);

// "status", or "limit read=N write=N", in bytes per second.
[[nodiscard]] std::string to_line(const LimitRequest& request);
[[nodiscard]] std::optional<LimitRequest> parse_limit_request(std::string_view line);

}  // namespace tintype
