// What one log stream of a snapshot is worth: its databases, its logs, and what a restore could do
// with them. Made by judge_ese_stream(); what may be truncated is decided from it elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "verify/verify_report.h"

namespace tintype {

enum class StreamVerdict : std::uint8_t {
  sound,                  // every database shut down clean: no log is needed
  recoverable,            // everything required and committed is here and sound
  recoverable_with_loss,  // required logs are here, committed ones are not:
                          // JET_errCommittedLogFilesMissing
  not_recoverable,        // something required is missing or damaged
  not_checked,            // could not be judged, and why
};
[[nodiscard]] std::string_view to_string(
    StreamVerdict verdict) noexcept;  // "recoverable with loss"

// One log of the stream, as it was found.
struct StreamLog {
  std::string path;
  std::int64_t generation = 0;  // from its header
  bool current = false;         // <base>.log: never deleted
  bool sound = false;
};

// One database of the stream.
struct StreamDatabase {
  std::string path;
  std::string state;  // "Dirty Shutdown"
  bool dirty = false;
  bool sound = false;  // every page seen, none bad
  // How often it was repaired, of one whose logs a repair cut off: these are of before it.
  std::int64_t repairs = 0;
  std::int64_t gen_min_required = 0;  // 0: none
  std::int64_t gen_max_required = 0;
  std::int64_t gen_max_committed = 0;
};

struct EseStreamReport {
  std::string base;           // "E00"
  std::string volume;         // name of the volume the logs lie on
  std::string log_folder;     // on it: "/Logs"
  std::string log_signature;  // signature_hex() of its logs; "" if unknown
  StreamVerdict verdict = StreamVerdict::not_checked;
  std::string why;           // one sentence an admin understands, without a full stop
  std::string next_command;  // the eseutil line they would run next; "" if none
  std::vector<StreamDatabase> databases;
  std::vector<StreamLog> logs;                   // ascending generation; the current log last
  std::int64_t gen_lowest = 0, gen_highest = 0;  // of what is here; 0: no logs
  std::int64_t gen_last_closed = 0;              // N of section 9: highest archived generation
  // log_time_hex() of when that was created; "" if unknown. A stream that was restored and went on
  // has other logs of the same numbers and the same signature: this tells them apart.
  std::string last_closed_created;
  std::int64_t gen_min_required = 0;  // over all dirty databases; 0: none
  std::int64_t gen_max_required = 0, gen_max_committed = 0;
  std::int64_t gen_checkpoint = 0;              // 0: no usable checkpoint file
  std::int64_t gen_flush_map_min_required = 0;  // over dirty flush maps; 0: none
  // Databases that the checkpoint or the newest log names as attached and that are not here, by the
  // server's paths: they may need every log.
  std::vector<std::string> attached_elsewhere;
  bool circular = false;             // circular logging: the engine recycles logs by itself
  bool current_log_missing = false;  // normal after a VSS freeze
  std::vector<Finding> findings;     // about the stream as a whole: missing logs, broken chain
};

}  // namespace tintype
