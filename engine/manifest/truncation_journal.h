// What a truncation is about to do, or what it did. Where it lies: journal_files.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/result.h"

namespace tintype {

struct TruncationJournal {
  static constexpr int kFormat = 2;
  std::string state;  // "begun" or "completed"
  std::string base, volume, log_folder, log_signature;
  std::string directory;             // the live log directory
  std::int64_t from = 0, below = 0;  // generations [from, below)
  std::string time_utc;
  std::uint64_t deleted = 0, already_missing = 0;  // completed: by the run that completed it

  // Whether both tell of the same deletion.
  [[nodiscard]] bool same_range(const TruncationJournal& other) const noexcept {
    return base == other.base && log_signature == other.log_signature &&
           directory == other.directory && from == other.from && below == other.below;
  }
};

[[nodiscard]] std::string to_json(const TruncationJournal& journal);
[[nodiscard]] Result<TruncationJournal> parse_truncation_journal(std::string_view json,
                                                                 std::string_view path);

}  // namespace tintype
