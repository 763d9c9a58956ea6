#include "engine/completion/truncation_forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "engine/completion/generation_text.h"
#include "engine/completion/live_logs.h"
#include "io/file/file.h"
#include "verify/ese/ese_stream_names.h"
#include "verify/ese/log/ese_checkpoint.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

Result<std::set<std::string>> bases_in(const std::string& directory) {
  std::set<std::string> bases;
  std::error_code code;
  fs::directory_iterator entry(directory, code);
  for (const fs::directory_iterator end; !code && entry != end; entry.increment(code))
    if (const auto parsed = parse_ese_stream_name(entry->path().filename().string());
        parsed && (parsed->kind == EseStreamFileKind::archived_log ||
                   parsed->kind == EseStreamFileKind::checkpoint))
      bases.insert(parsed->base);
  if (code)
    return system_error(code.value(), "list the log directory", directory, "is it mounted?");
  return bases;
}

// 0 if there is none that can be used.
std::int64_t checkpoint_of(const LiveLogs& live) {
  if (live.checkpoint.empty()) return 0;
  const auto file = File::open_source(live.directory + "/" + live.checkpoint, Caching::page_cache);
  if (!file) return 0;
  std::vector<std::byte> bytes(2 * kEseCheckpointCopyBytes);
  const auto got = file->read_at(0, bytes);
  if (!got) return 0;
  const EseCheckpointReading reading = read_ese_checkpoint(std::span(bytes).first(*got));
  using Status = EseCheckpointReading::Status;
  if (reading.status == Status::corrupt || reading.status == Status::refused) return 0;
  return reading.header.checkpoint.generation;
}

TruncationForecast forecast(const LiveLogs& live) {
  TruncationForecast forecast{.base = live.base, .gen_checkpoint = checkpoint_of(live)};
  if (forecast.gen_checkpoint <= 0) {
    forecast.why = "there is no usable checkpoint file";
  } else if (live.archived.empty()) {
    forecast.why = "there are no archived logs";
  } else {
    // The last closed log stays, as the gate has it.
    const std::int64_t below =
        std::min<std::int64_t>(forecast.gen_checkpoint, live.archived.rbegin()->first);
    for (const auto& [generation, names] : live.archived)
      if (generation < below) forecast.logs.insert(forecast.logs.end(), names.begin(), names.end());
    if (forecast.logs.empty())
      forecast.why = fmt::format("the checkpoint stands at generation {}",
                                 hex_generation(forecast.gen_checkpoint));
  }
  return forecast;
}

}  // namespace

Result<std::vector<TruncationForecast>> forecast_truncation(const std::string& directory) {
  TINTYPE_TRY(const std::set<std::string> bases, bases_in(directory));
  if (bases.empty())
    return plain_error(fmt::format("there is no log stream in {}", directory),
                       "name the live log directory, as this machine sees it");
  std::vector<TruncationForecast> all;
  for (const std::string& base : bases) {
    TINTYPE_TRY(const LiveLogs live, list_live_logs(directory, base));
    all.push_back(forecast(live));
  }
  return all;
}

}  // namespace tintype
