// Whether the logs of a stream are what their names say, sound, and one chain: each the next one of
// the one before it, and those that a database names the very ones that it was written with.
#pragma once

#include <string>
#include <vector>

#include "verify/ese/stream/ese_stream_groups.h"
#include "verify/ese/stream/needed_logs.h"
#include "verify/ese/stream/stream_findings.h"

namespace tintype {

class LogChain {
 public:
  // `missing`: what was found missing already, and need not be told again. All outlive it.
  LogChain(const StreamGroup& group, const NeededLogs& needed,
           const std::vector<MissingLogs>& missing, StreamFindings& findings)
      : group_(group), needed_(needed), missing_(missing), findings_(findings) {}

  // Each log by itself, then each with the one before it, then against the databases.
  void judge();

 private:
  void judge_log(const GroupedLog& log);
  void judge_content(const GroupedLog& log, const std::string& name);
  void judge_links();
  void judge_link(const GroupedLog& earlier, const GroupedLog& later);
  void judge_times(const EseDatabaseFacts& database);
  void judge_time(const EseDatabaseFacts& database, std::int64_t generation, const LogTime& time,
                  int error_number);
  // A current log that cannot be read is what comes behind the last archived one.
  [[nodiscard]] LogCost cost_of(const GroupedLog& log) const noexcept;
  void blame(const GroupedLog& log, int error_number, std::string text);
  [[nodiscard]] bool is_of_stream(const GroupedLog& log) const noexcept;
  [[nodiscard]] bool gap_is_told(const GroupedLog& earlier, const GroupedLog& later) const noexcept;

  const StreamGroup& group_;
  const NeededLogs& needed_;
  const std::vector<MissingLogs>& missing_;
  StreamFindings& findings_;
};

}  // namespace tintype
