// What there is of a log stream, as its report lists it: databases, logs, where recovery would
// start, who else writes these logs. Nothing of it is judged here but files that tell where to
// start and cannot be used: those are warnings.
#pragma once

#include "verify/ese/stream/ese_stream_groups.h"
#include "verify/ese/stream/needed_logs.h"
#include "verify/ese/stream/stream_findings.h"

namespace tintype {

class StreamContents {
 public:
  // All outlive it.
  StreamContents(const StreamGroup& group, const EseSetFacts& facts, StreamFindings& findings)
      : group_(group), facts_(facts), findings_(findings) {}

  // The report but for its verdict and its findings.
  [[nodiscard]] EseStreamReport list(const NeededLogs& needed) const;

 private:
  [[nodiscard]] StreamDatabase listed(const EseDatabaseFacts& database) const;
  void list_databases(EseStreamReport& report) const;
  void list_logs(EseStreamReport& report) const;
  void list_checkpoint(EseStreamReport& report) const;
  void list_flush_maps(EseStreamReport& report) const;
  void list_attachments(EseStreamReport& report) const;
  [[nodiscard]] bool is_here(const EseAttachment& attached) const;

  const StreamGroup& group_;
  const EseSetFacts& facts_;
  StreamFindings& findings_;
};

}  // namespace tintype
