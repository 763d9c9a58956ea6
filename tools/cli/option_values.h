// From the words after a flag to values: each says what is wrong and what would be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/image/read/image_volume.h"
#include "engine/job/backup_job.h"
#include "engine/job/job_options.h"
#include "io/process/process_priority.h"
#include "tools/cli/progress_mode.h"

namespace tintype {

// A word that cannot be taken; what() is one line, without the program's name.
struct UsageError {
  std::string line;
};

// Of a flag that must be given; `what` it wants: "the repository's folder".
void need(const std::string& value, std::string_view flag, std::string_view what);

[[nodiscard]] unsigned parse_number(std::string_view flag, std::string_view word, unsigned min,
                                    unsigned max);  // throws UsageError
[[nodiscard]] bool parse_switch(std::string_view variable, std::string_view word);
[[nodiscard]] std::uint64_t parse_byte_count(std::string_view flag, std::string_view word);
[[nodiscard]] std::uint32_t parse_chunk_size(std::string_view flag, std::string_view word);
[[nodiscard]] Compression parse_compression(std::string_view flag, std::string_view word);
[[nodiscard]] QueueEngine parse_queue_engine(std::string_view flag, std::string_view word);
[[nodiscard]] ProgressMode parse_progress_mode(std::string_view flag, std::string_view word);
// "90s", "30m" or "30min", "24h", "7d"; 0.
[[nodiscard]] std::chrono::seconds parse_duration(std::string_view flag, std::string_view word);
[[nodiscard]] std::uint64_t parse_rate_limit(std::string_view flag, std::string_view word);
[[nodiscard]] ProcessPriority parse_priority(std::string_view flag, std::string_view word);
[[nodiscard]] std::uint64_t parse_cache_size(std::string_view flag, std::string_view word);
// PORT, HOST:PORT or [ADDRESS]:PORT; a port alone is this machine's own, for nobody outside.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] ListenAddress parse_listen_address(std::string_view flag, std::string_view word);
[[nodiscard]] ImageVolume::Unreadable parse_unreadable(std::string_view flag,
                                                       std::string_view word);
// PATH or NAME=PATH. A path with '=' before its first slash is written ./PATH.
[[nodiscard]] BackupOptions::Source parse_source(std::string_view word);
// The candidate that `word` is most likely a slip of; "" if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace tintype
