#include "engine/completion/truncate_logs.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "engine/completion/generation_text.h"
#include "engine/completion/journal_files.h"
#include "engine/completion/live_logs.h"
#include "engine/manifest/set_name.h"
#include "hashing/counted.h"
#include "io/file/durable_file.h"
#include "verify/ese/ese_events.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;

std::string now_utc() {
  return utc_text(std::chrono::system_clock::now());
}

// One name for one directory, however it was written: journals are compared by it.
Result<std::string> canonical(const std::string& directory) {
  std::error_code code;
  const fs::path path = fs::canonical(directory, code);
  if (code)
    return system_error(code.value(), "open the log directory", directory, "is it mounted?");
  return path.string();
}

class Truncation {
 public:
  Truncation(const TruncationPermit& permit, const TruncateOptions& options, JobMonitor& monitor)
      : permit_(permit),
        options_(options),
        monitor_(monitor),
        files_(options.store, options.set, options.stream) {}

  Result<TruncationOutcome> run() {
    TINTYPE_TRY(journal_.directory, canonical(options_.directory));
    fill_journal();
    TINTYPE_TRY(const auto completed, files_.completed());
    TINTYPE_TRY(const auto begun, files_.begun());
    for (const auto* earlier : {&completed, &begun})
      if (*earlier && !journal_.same_range(**earlier)) return other_truncation(**earlier);
    TINTYPE_TRY(const LiveLogs live, list_live_logs(journal_.directory, permit_.base()));
    if (completed) return found_finished(live);
    TINTYPE_CHECK(check_live_logs(live, permit_, begun.has_value()));
    if (options_.dry_run) return what_would_go(live);
    if (!begun) TINTYPE_CHECK(files_.write(journal_));
    // Two runs side by side would trip over each other's missing files.
    const auto lock = files_.lock();
    if (!lock && lock.error().code == std::errc::resource_unavailable_try_again)
      return plain_error("another run is truncating these logs right now");
    TINTYPE_CHECK(delete_all(live));
    // Also when nothing was left to delete: the run before may have died just before this.
    TINTYPE_CHECK(sync_directory(journal_.directory));
    journal_.state = "completed";
    journal_.time_utc = now_utc();
    journal_.deleted = outcome_.deleted.size();
    journal_.already_missing = outcome_.already_missing;
    TINTYPE_CHECK(files_.write(journal_));
    return std::move(outcome_);
  }

 private:
  void fill_journal() {
    journal_.state = "begun";
    journal_.base = permit_.base();
    journal_.volume = permit_.volume();
    journal_.log_folder = permit_.log_folder();
    journal_.log_signature = permit_.log_signature();
    journal_.from = permit_.from();
    journal_.below = permit_.below();
    journal_.time_utc = now_utc();
  }

  static tl::unexpected<Error> other_truncation(const TruncationJournal& earlier) {
    return plain_error(
        fmt::format("this backup has {} log files {} in {}",
                    earlier.state == "completed" ? "already truncated" : "begun to truncate",
                    generation_range_text(earlier.from, earlier.below), earlier.directory),
        "a backup truncates one directory, once");
  }

  // Logs of the range that are here all the same were put here afterwards, by a restore: they are
  // not what the permit spoke of.
  Result<TruncationOutcome> found_finished(const LiveLogs& live) {
    outcome_.found_finished = true;
    if (!live.archived.empty() && live.archived.begin()->first < permit_.below())
      monitor_.warning(fmt::format(
          "{} holds logs below generation {} again, although they were deleted: they stay",
          live.directory, hex_generation(permit_.below())));
    return std::move(outcome_);
  }

  Result<TruncationOutcome> what_would_go(const LiveLogs& live) {
    for (const TruncationPermit::Log& log : permit_.logs())
      if (live.archived.contains(log.generation))
        outcome_.deleted.push_back(log.name);
      else
        ++outcome_.already_missing;
    return std::move(outcome_);
  }

  Result<void> delete_all(const LiveLogs& live) {
    monitor_.detail(fmt::format("event {}: deleting log files {} of {} in {}", kEventDeletingLogs,
                                generation_range_text(permit_.from(), permit_.below()),
                                permit_.base(), live.directory));
    for (const TruncationPermit::Log& log : permit_.logs()) {
      if (!live.archived.contains(log.generation)) {
        ++outcome_.already_missing;
        continue;
      }
      if (monitor_.stop_requested)
        return stopped(
            system_error(static_cast<int>(std::errc::operation_canceled), "delete", log.name));
      // Once more, file by file: tens of thousands of deletions take their time.
      if (const auto checked = check_live_log(live, log, permit_.log_signature()); !checked)
        return stopped(tl::unexpected(checked.error()));
      if (const auto removed = remove_file(live.directory + "/" + log.name); !removed)
        return stopped(tl::unexpected(removed.error()));
      outcome_.deleted.push_back(log.name);
    }
    return {};
  }

  // What is gone is gone in order, so the rest is a stream without a hole.
  tl::unexpected<Error> stopped(tl::unexpected<Error> error) const {
    error.value().hint = fmt::format("{} of {} {} deleted, the rest stays", outcome_.deleted.size(),
                                     counted(permit_.logs().size(), "log file"),
                                     word_for(outcome_.deleted.size(), "was", "were"));
    return error;
  }

  const TruncationPermit& permit_;
  const TruncateOptions& options_;
  JobMonitor& monitor_;
  JournalFiles files_;
  TruncationJournal journal_;
  TruncationOutcome outcome_;
};

}  // namespace

Result<TruncationOutcome> truncate_logs(TruncationPermit permit, const TruncateOptions& options,
                                        JobMonitor& monitor) {
  return Truncation(permit, options, monitor).run();
}

}  // namespace tintype
