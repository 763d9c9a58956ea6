// The right to delete logs of one stream. Only the completion gate makes one, and only when every
// precondition holds; whoever deletes logs must hold it. It can be moved, never copied, and there
// is no other way to build one: a bug elsewhere may forget to truncate, but not truncate too early.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tintype {

class ApplicationStream;
struct GateInputs;
struct GateDecision;

class TruncationPermit {
 public:
  struct Log {
    std::int64_t generation = 0;
    std::string name;  // without its folder
  };

  TruncationPermit(TruncationPermit&&) noexcept = default;
  TruncationPermit& operator=(TruncationPermit&&) noexcept = default;
  TruncationPermit(const TruncationPermit&) = delete;
  TruncationPermit& operator=(const TruncationPermit&) = delete;

  // Which stream.
  [[nodiscard]] const std::string& base() const noexcept { return base_; }
  [[nodiscard]] const std::string& volume() const noexcept { return volume_; }
  [[nodiscard]] const std::string& log_folder() const noexcept { return log_folder_; }
  // 56 hexadecimal digits; "" if the backup did not record it.
  [[nodiscard]] const std::string& log_signature() const noexcept { return log_signature_; }
  // The newest archived log that the backup holds, and log_time_hex() of when it was created: ""
  // if the backup did not record it.
  [[nodiscard]] std::int64_t last_closed() const noexcept { return last_closed_; }
  [[nodiscard]] const std::string& last_closed_created() const noexcept {
    return last_closed_created_;
  }
  // Generations [from, below); never empty.
  [[nodiscard]] std::int64_t from() const noexcept { return from_; }
  [[nodiscard]] std::int64_t below() const noexcept { return below_; }
  // Exactly these, ascending, one a generation.
  [[nodiscard]] const std::vector<Log>& logs() const noexcept { return logs_; }

 private:
  TruncationPermit() = default;
  friend GateDecision judge_completion(const ApplicationStream& stream, const GateInputs& inputs);

  std::string base_, volume_, log_folder_, log_signature_, last_closed_created_;
  std::int64_t from_ = 0, below_ = 0, last_closed_ = 0;
  std::vector<Log> logs_;
};

}  // namespace tintype
