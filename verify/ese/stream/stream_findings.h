// What is wrong with a log stream, sorted by what it means for a restore. Of each kind the first
// one is the reason that is given; all of them are findings, in the order they were found.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verify/ese/stream/needed_logs.h"
#include "verify/verify_report.h"

namespace tintype {

class StreamFindings {
 public:
  // Nothing can be restored.
  void fail(FindingKind kind, int error_number, std::string text);
  // It can be, but for what was committed last.
  void lose(int error_number, std::string text);
  // It is not known whether.
  void leave_open(std::string text);
  // A restore does not mind.
  void warn(int error_number, std::string text);
  void warn(const Finding& finding, std::string_view path = {});
  // A log that lies at `path` is not what it should be, at what that costs.
  void blame_log(LogCost cost, int error_number, std::string text, const std::string& path);

  // "" if there is none.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  [[nodiscard]] const std::string& loss() const noexcept { return loss_; }
  [[nodiscard]] const std::string& open_question() const noexcept { return open_; }
  // The last required log that was blamed.
  [[nodiscard]] const std::string& damaged_log() const noexcept { return damaged_log_; }

  // The first FileReport::kFindingsKeptMax.
  [[nodiscard]] std::vector<Finding> take() noexcept { return std::move(findings_); }

 private:
  void add(FindingKind kind, int error_number, std::string text);

  std::vector<Finding> findings_;
  std::string failure_, loss_, open_, damaged_log_;
};

}  // namespace tintype
