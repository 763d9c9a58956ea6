// What one pass over a volume, image or file did and found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/monitor/job_monitor.h"
#include "engine/read_back.h"
#include "engine/unreadable_range.h"
#include "hashing/xxh3.h"
#include "io/extent.h"
#include "io/folder/folder_problems.h"
#include "verify/verify_report.h"

namespace tintype {

struct PassOutcome {
  std::uint64_t volume_bytes = 0;
  std::uint64_t captured_bytes = 0;  // allocated, or all
  std::uint64_t read_bytes = 0;
  std::uint64_t reads = 0;       // requests that read_bytes came in
  std::uint64_t zero_bytes = 0;  // captured, but found to be zero
  std::uint64_t written_bytes = 0;
  std::uint64_t read_back_bytes = 0;
  std::string filesystem;  // "" if unknown
  std::string label;
  std::vector<FileReport> databases;  // one a database, sorted by path
  std::string databases_not_checked;  // why none could be looked for; "" if they were
  std::vector<UnreadableRange> unreadable;
  FolderProblems folder_problems;  // of a folder: what is not in the image, or changed meanwhile
  Digest128 content_digest;        // see ImageLayout::content_digest
  ReadBack read_back = ReadBack::unsaid;
  double seconds = 0;
  Stage limiting = Stage::none;    // over the whole pass
  std::string queue;               // "io_uring", "threads", "serial"
  std::uint64_t memory_bytes = 0;  // buffers of the pass
  bool dry_run = false;
  // Where the target was compared first: what of it was read, was right already, and was not.
  bool compared = false;
  std::uint64_t compared_bytes = 0;
  std::uint64_t equal_bytes = 0;
  std::uint64_t different_bytes = 0;  // zeros that had to be made included
  // What was done to the partition table, or has to be, because the target is larger than the disk
  // was; "" if nothing.
  std::string target_note;

  [[nodiscard]] std::uint64_t unreadable_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& bad : unreadable) sum += bad.range.length;
    return sum;
  }
  // sound(), for who must not take "not checked" for good: nothing of a dry run, and nothing if the
  // databases were not checked and all else is sound.
  [[nodiscard]] std::optional<bool> verdict() const noexcept {
    if (dry_run) return std::nullopt;
    if (!sound()) return false;
    return databases_not_checked.empty() ? std::optional(true) : std::nullopt;
  }
  // Nothing unreadable, nothing of a folder missing or changed, every database sound and whole.
  [[nodiscard]] bool sound() const noexcept {
    if (!unreadable.empty() || folder_problems.total != 0) return false;
    for (const auto& database : databases)
      if (!database.sound()) return false;
    return true;
  }
};

}  // namespace tintype
