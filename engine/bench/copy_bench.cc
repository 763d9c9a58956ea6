#include "engine/bench/copy_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>

#include "engine/bench/bench_machine.h"
#include "engine/job/backup_job.h"
#include "engine/job/copy_job.h"
#include "engine/repository/repository.h"
#include "io/file/durable_folder.h"
#include "io/file/mount_table.h"
#include "io/file/page_cache.h"

namespace tintype {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Mode {
  bool backup = false;
  Compression compression = Compression::none;  // of a backup
  bool read_back = true, check = true;

  [[nodiscard]] std::string name() const {
    std::string name = "tintype copy";
    if (backup)
      name = fmt::format("tintype backup {}", compression == Compression::none  ? "none"
                                              : compression == Compression::lz4 ? "lz4"
                                                                                : "auto");
    if (!read_back) name += " --no-read-back";
    if (!check) name += " --no-database-check";
    return name;
  }
};

std::vector<Mode> all_modes() {
  std::vector<Mode> modes;
  const auto add = [&](bool backup, Compression compression) {
    modes.push_back({backup, compression, false, true});
    modes.push_back({backup, compression, true, true});
    modes.push_back({backup, compression, false, false});
  };
  add(false, Compression::none);
  for (const Compression compression :
       {Compression::none, Compression::lz4, Compression::automatic})
    add(true, compression);
  return modes;
}

// The folder that everything is written to. It is new, so all that is in it is ours.
Result<DurableFolder> make_scratch_folder(const std::string& parent) {
  const std::string path = fmt::format("{}/tintype-bench-{:08x}", parent, std::random_device()());
  TINTYPE_CHECK(refuse_device_folder(path));
  std::error_code ignored;
  if (!fs::is_directory(parent, ignored))
    return plain_error(fmt::format("the folder {} does not exist", parent), "make it first");
  return DurableFolder::create(path);
}

// Warnings of a job come once, not with every run; its progress is the bench's business.
class RunMonitor final : public JobMonitor {
 public:
  RunMonitor(JobMonitor& bench, std::vector<std::string>& heard) : bench_(bench), heard_(heard) {
    limits.read_bytes_per_second = bench.limits.read_bytes_per_second.load();
    limits.write_bytes_per_second = bench.limits.write_bytes_per_second.load();
  }
  void progress(const Progress& progress) override {
    bench_.progress(progress);
    if (bench_.stop_requested) stop_requested = true;
  }
  void warning(std::string_view line) override {
    if (std::ranges::find(heard_, line) != heard_.end()) return;
    heard_.emplace_back(line);
    bench_.warning(line);
  }

 private:
  JobMonitor& bench_;
  std::vector<std::string>& heard_;
};

class CopyBench {
 public:
  CopyBench(const CopyBenchOptions& options, JobMonitor& monitor)
      : options_(options), monitor_(monitor) {}

  Result<BenchResults> run() {
    std::vector<Mode> modes;
    for (const Mode& mode : all_modes())
      if (mode.name().find(options_.only) != std::string::npos) modes.push_back(mode);
    if (modes.empty())
      return plain_error(fmt::format("no mode is called like \"{}\"", options_.only),
                         "one of them is tintype copy --no-read-back");
    if (options_.runs == 0) return plain_error("nothing to measure");
    TINTYPE_TRY(const DurableFolder folder, make_scratch_folder(options_.folder));
    results_ = begin_results("copy", options_.volume, options_.runs);
    for (const Mode& mode : modes) results_.method(mode.name());
    bool caches_dropped = true;
    for (unsigned round = 0; round < options_.runs; ++round) {
      std::vector<Mode> order = modes;
      std::shuffle(order.begin(), order.end(), std::mt19937_64(round));
      for (const Mode& mode : order) {
        folder.clear();
        caches_dropped = drop_page_cache() && caches_dropped;
        TINTYPE_TRY(BenchRun done, measure(mode, folder.path()));
        monitor_.detail(
            fmt::format("round {}: {}, {:.3f} s", round + 1, mode.name(), done.wall_seconds));
        results_.method(mode.name()).runs.push_back(std::move(done));
      }
    }
    add_steadiness_warnings(results_);
    if (!caches_dropped)
      results_.warnings.emplace_back(
          "the page cache was not dropped (that needs root): some reads may be from memory");
    return std::move(results_);
  }

 private:
  // From before the volume is opened until the result has its name, synced.
  Result<BenchRun> measure(const Mode& mode, const std::string& folder) {
    RunMonitor monitor(monitor_, heard_);
    if (mode.backup) TINTYPE_CHECK(Repository::create(repository_in(folder)));
    const double cpu_before = process_cpu_seconds();
    const auto started = Clock::now();
    TINTYPE_TRY(const PassOutcome outcome,
                mode.backup ? back_up(mode, folder, monitor) : copy(mode, folder, monitor));
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    return BenchRun{.wall_seconds = seconds,
                    .cpu_seconds = process_cpu_seconds() - cpu_before,
                    .bytes = outcome.captured_bytes,
                    .limiting = std::string(to_string(outcome.limiting))};
  }

  Result<PassOutcome> copy(const Mode& mode, const std::string& folder, JobMonitor& monitor) {
    CopyOptions job;
    job.source = options_.volume;
    job.target = folder + "/target";
    job.read_back = mode.read_back;
    job.databases.check = mode.check;
    job.allow_source_in_use = options_.allow_source_in_use;
    job.allowed_folders = options_.allowed_folders;
    job.pass = options_.pass;
    return run_copy(job, monitor);
  }

  Result<PassOutcome> back_up(const Mode& mode, const std::string& folder, JobMonitor& monitor) {
    BackupOptions job;
    job.volumes = {{options_.volume, "volume"}};
    job.repository = repository_in(folder);
    job.compression = mode.compression;
    job.read_back = mode.read_back;
    job.databases.check = mode.check;
    job.allow_source_in_use = options_.allow_source_in_use;
    job.allowed_folders = options_.allowed_folders;
    job.pass = options_.pass;
    TINTYPE_TRY(BackupOutcome outcome, run_backup(job, monitor));
    return std::move(outcome.volumes.front());
  }

  static std::string repository_in(const std::string& folder) { return folder + "/repository"; }

  const CopyBenchOptions& options_;
  JobMonitor& monitor_;
  std::vector<std::string> heard_;
  BenchResults results_;
};

}  // namespace

std::vector<std::string> copy_bench_modes() {
  std::vector<std::string> names;
  for (const Mode& mode : all_modes()) names.push_back(mode.name());
  return names;
}

Result<BenchResults> run_copy_bench(const CopyBenchOptions& options, JobMonitor& monitor) {
  return CopyBench(options, monitor).run();
}

}  // namespace tintype
