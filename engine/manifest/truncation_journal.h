// What a truncation is about to do and what it did, in the set's folder: written and synced before
// the first log is deleted, so that a run after a crash knows what it sees.
//
//   truncation-1.json       the range of the set's first stream is being deleted
//   truncation-1.done.json  it is gone
//
// Two files, each written once: nothing is ever rewritten in place.
#pragma once

#include <cstdint>
#include <optional>
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

// The journal of one stream of one set; `stream` counts from 1.
class TruncationJournalFiles {
 public:
  TruncationJournalFiles(std::string set_path, std::size_t stream);

  // Nothing if there is none.
  [[nodiscard]] Result<std::optional<TruncationJournal>> begun() const;
  [[nodiscard]] Result<std::optional<TruncationJournal>> completed() const;
  [[nodiscard]] Result<void> write(const TruncationJournal& journal) const;  // by its state
  [[nodiscard]] const std::string& begun_path() const noexcept { return begun_path_; }

 private:
  std::string begun_path_, completed_path_;
};

}  // namespace tintype
