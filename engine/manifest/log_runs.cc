#include "engine/manifest/log_runs.h"

#include "verify/ese/ese_stream_names.h"

namespace tintype {
namespace {

constexpr std::size_t kBaseLetters = 3;

// Where the generation stands in an archived log's path, as upper-case digits; none: length 0.
struct Digits {
  std::size_t at = 0, length = 0;
};

Digits digits_of(const StreamLog& log) {
  const std::string_view name = file_name_of(log.path);
  const auto parsed = parse_ese_stream_name(name);
  if (log.current || !parsed || parsed->kind != EseStreamFileKind::archived_log ||
      parsed->generation != log.generation)
    return {};
  return {log.path.size() - name.size() + kBaseLetters, stem_of(name).size() - kBaseLetters};
}

// False if the generation has more digits than there is room.
bool renumber(std::string& path, Digits digits, std::int64_t generation) {
  auto left = static_cast<std::uint64_t>(generation);
  for (std::size_t i = digits.length; i-- > 0; left >>= 4)
    path[digits.at + i] = "0123456789ABCDEF"[left & 0xF];
  return left == 0;
}

}  // namespace

std::vector<LogRun> runs_of(std::span<const StreamLog> logs) {
  std::vector<LogRun> runs;
  Digits digits;
  std::string expected;
  for (const StreamLog& log : logs) {
    if (digits.length != 0) {
      LogRun& run = runs.back();
      const std::int64_t next = run.first.generation + static_cast<std::int64_t>(run.count);
      if (log.generation == next && !log.current && log.sound == run.first.sound &&
          renumber(expected, digits, next) && log.path == expected) {
        ++run.count;
        continue;
      }
    }
    runs.push_back({.first = log});
    digits = digits_of(log);
    expected = log.path;
  }
  return runs;
}

bool append_run(const LogRun& run, std::size_t logs_max, std::vector<StreamLog>& logs) {
  if (run.count == 0 || logs.size() > logs_max || run.count > logs_max - logs.size()) return false;
  const Digits digits = digits_of(run.first);
  if (run.count > 1 && digits.length == 0) return false;
  const std::size_t before = logs.size();
  logs.push_back(run.first);
  for (std::uint64_t i = 1; i < run.count; ++i) {
    StreamLog log = run.first;
    log.generation += static_cast<std::int64_t>(i);
    if (!renumber(log.path, digits, log.generation)) {
      logs.resize(before);
      return false;
    }
    logs.push_back(std::move(log));
  }
  return true;
}

}  // namespace tintype
