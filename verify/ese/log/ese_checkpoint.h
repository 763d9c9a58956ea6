// The checkpoint file of a log stream: where redo starts. Two copies of 4096 bytes, rewritten in
// place. Source: section 7 of the ESE format facts.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "verify/ese/ese_header.h"
#include "verify/ese/ese_problem.h"
#include "verify/ese/log/ese_attachments.h"
#include "verify/ese/log/ese_log_header.h"

namespace tintype {

inline constexpr std::size_t kEseCheckpointCopyBytes = 4096;

struct CheckpointHeader {
  le32 checksum;                       // +0    XOR32 over 4096 bytes
  LgPos last_full_backup_checkpoint;   // +4
  LgPos checkpoint;                    // +12   oldest change not yet on disk, over all databases
  Signature log_signature;             // +20   must be that of the logs
  EseEnvironment environment;          // +48
  LgPos full_backup;                   // +615
  LogTime full_backup_time;            // +623
  LgPos incremental_backup;            // +631
  LogTime incremental_backup_time;     // +639
  std::uint8_t version;                // +647  bit 0: attachments are there
  LgPos database_consistency;          // +648  not before `checkpoint`; 0 in old files: the same
  std::array<std::byte, 11> reserved;  // +656
  le32 file_type;                      // +667  EseFileType::checkpoint
};
static_assert(sizeof(CheckpointHeader) == 671 && alignof(CheckpointHeader) == 1);
static_assert(offsetof(CheckpointHeader, checkpoint) == 12);
static_assert(offsetof(CheckpointHeader, environment) == 48);
static_assert(offsetof(CheckpointHeader, full_backup) == 615);
static_assert(offsetof(CheckpointHeader, database_consistency) == 648);
static_assert(offsetof(CheckpointHeader, file_type) == kEseFileTypeAt);

// A checkpoint that cannot be read is not fatal for recovery, which then starts from the lowest
// log; it may be older than the databases' headers, and never newer than is safe.
struct EseCheckpointReading {
  enum class Status { sound, shadow_bad, primary_bad, corrupt, refused };
  Status status = Status::corrupt;
  CheckpointHeader header{};            // of the copy used; all zero if there is none
  std::vector<EseAttachment> attached;  // in the copy used
  // Both, as far as their checksums hold.
  std::array<std::optional<CheckpointHeader>, 2> copies;
  EseProblems problems;
};

[[nodiscard]] EseCheckpointReading read_ese_checkpoint(std::span<const std::byte> file);

// Names and values in the order and the words of `eseutil /mk`.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(
    const CheckpointHeader& header);

}  // namespace tintype
