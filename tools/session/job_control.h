// The way into a running job for `tintype limit`: a socket under the process's number, which tells
// how far the job is and takes new limits.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/monitor/job_monitor.h"
#include "io/process/local_server.h"
#include "tools/session/job_status.h"

namespace tintype {

class JobControl {
 public:
  // `limits` are the job's, and outlive this.
  JobControl(std::string command, std::uint64_t process_id, RateLimits& limits);
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;

  // From here on the job can be reached in this folder.
  [[nodiscard]] Result<void> open(const std::string& folder);

  void set_begun(std::string_view name);
  void update(const Progress& progress);

 private:
  [[nodiscard]] std::string answer(std::string_view question);

  RateLimits& limits_;
  std::mutex mutex_;  // guards status_: the server's thread reads it
  JobStatus status_;
  std::optional<LocalServer> server_;  // last: its thread ends before the rest goes
};

}  // namespace tintype
