// Which logs a stream's databases need, taken together, and what it costs if one of them is not
// there or not sound. Numbers alone: no names, no words.
#pragma once

#include <cstdint>
#include <vector>

#include "verify/ese/ese_header.h"

namespace tintype {

// What the fault of one log costs a restore.
enum class LogCost : std::uint8_t {
  nothing,    // no database needs it
  committed,  // what was committed in it
  required,   // the database
};

// Logs that are needed and not there, all of one cost.
struct MissingLogs {
  std::int64_t low = 0, high = 0;
  LogCost cost = LogCost::nothing;
  bool operator==(const MissingLogs&) const = default;
};

class NeededLogs {
 public:
  // A database that needs logs. One that does not say which counts, and widens nothing.
  void add(const DatabaseHeader& header) noexcept;

  [[nodiscard]] bool any() const noexcept { return any_; }
  [[nodiscard]] std::int64_t min_required() const noexcept { return min_required_; }  // 0: none
  [[nodiscard]] std::int64_t max_required() const noexcept { return max_required_; }
  [[nodiscard]] std::int64_t max_committed() const noexcept { return max_committed_; }

  [[nodiscard]] LogCost cost_of(std::int64_t generation) const noexcept;
  // Required ones first, then committed ones, each ascending and in as few pieces as can be.
  // `here`: the generations that are there, in any order. Its cost is that of `here`, whatever a
  // header claims to need.
  [[nodiscard]] std::vector<MissingLogs> missing(std::vector<std::int64_t> here) const;

  // What one database needs: older engines know no committed generations.
  [[nodiscard]] static std::int64_t max_committed_of(const DatabaseHeader& header) noexcept;

 private:
  bool any_ = false;
  std::int64_t min_required_ = 0, max_required_ = 0, max_committed_ = 0;
};

}  // namespace tintype
