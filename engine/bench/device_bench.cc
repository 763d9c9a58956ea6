#include "engine/bench/device_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>

#include "engine/bench/bench_machine.h"
#include "engine/bench/device_flow.h"
#include "engine/bench/scratch_file.h"
#include "engine/guard/target_guard.h"
#include "engine/monitor/timed_queue.h"
#include "engine/pipeline/conductor.h"
#include "io/aligned_buffer.h"
#include "io/file/page_cache.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kFillBytes = 1 << 20;

// There is nothing to compute: another thread would only cost a change of threads a block.
class SameThread final : public Executor {
 public:
  void run(Work work) override { work(0); }
  unsigned workers() const noexcept override { return 1; }
};

struct Combination {
  DeviceAccess access;
  std::uint32_t block_bytes;
  unsigned depth;

  [[nodiscard]] std::string name() const {
    return fmt::format("{} bs={}KiB iodepth={}", to_string(access), block_bytes >> 10, depth);
  }
};

// It cannot be compressed.
AlignedBuffer random_pattern() {
  AlignedBuffer pattern(kBenchBlockBytesMax);
  std::mt19937_64 random(1);
  for (std::size_t at = 0; at < pattern.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    std::memcpy(pattern.data() + at, &word, sizeof word);
  }
  return pattern;
}

bool writes(DeviceAccess access) noexcept {
  return access == DeviceAccess::write || access == DeviceAccess::copy;
}

class DeviceBench {
 public:
  DeviceBench(const DeviceBenchOptions& options, JobMonitor& monitor)
      : options_(options),
        monitor_(monitor),
        caching_(options.direct ? Caching::direct_if_possible : Caching::page_cache) {}

  Result<BenchResults> run() {
    TINTYPE_CHECK(check_options());
    std::error_code ignored;
    results_ = begin_results("device",
                             std::filesystem::absolute(options_.path, ignored).lexically_normal(),
                             options_.runs);
    TINTYPE_CHECK(open());
    std::vector<Combination> all;
    for (const DeviceAccess access : accesses_)
      for (const std::uint32_t block_bytes : options_.block_bytes)
        for (const unsigned depth : options_.depths) {
          all.push_back({access, block_bytes, depth});
          BenchMethod& method = results_.method(all.back().name());  // the table's order
          method.access = to_string(access);
          method.block_bytes = block_bytes;
          method.depth = depth;
        }
    for (unsigned round = 0; round < options_.runs; ++round) {
      std::vector<Combination> order = all;
      std::shuffle(order.begin(), order.end(), std::mt19937_64(round));
      for (const Combination& combination : order) {
        if (!options_.direct && !drop_page_cache()) cached_ = true;
        TINTYPE_TRY(BenchRun done, measure(combination));
        results_.method(combination.name()).runs.push_back(done);
        monitor_.detail(fmt::format("round {}: {}, {:.3f} s", round + 1, combination.name(),
                                    done.wall_seconds));
      }
    }
    add_steadiness_warnings(results_);
    if (cached_)
      results_.warnings.emplace_back(
          "the page cache was not dropped (that needs root): reads may be from memory");
    if (options_.direct && !source().geometry().direct)
      results_.warnings.emplace_back("no direct I/O here: everything goes through the page cache");
    return std::move(results_);
  }

 private:
  Result<void> check_options() const {
    if (options_.runs == 0 || options_.block_bytes.empty() || options_.depths.empty())
      return plain_error("nothing to measure");
    for (const std::uint32_t bytes : options_.block_bytes)
      if (!std::has_single_bit(bytes) || bytes < kBenchBlockBytesMin || bytes > kBenchBlockBytesMax)
        return plain_error(fmt::format("a block of {} bytes is not possible", bytes),
                           "use a power of two from 4 KiB to 16 MiB");
    const std::uint32_t largest =
        *std::max_element(options_.block_bytes.begin(), options_.block_bytes.end());
    if (options_.bytes < largest)
      return plain_error(fmt::format("{} bytes are not one block of {}", options_.bytes, largest),
                         "measure with a larger --size");
    return {};
  }

  Result<void> open() {
    accesses_ = options_.accesses;
    std::error_code code;
    if (std::filesystem::is_directory(options_.path, code)) {
      if (accesses_.empty())
        accesses_ = {DeviceAccess::read, DeviceAccess::random_read, DeviceAccess::write,
                     DeviceAccess::copy};
      bytes_ = (options_.bytes + kFillBytes - 1) / kFillBytes * kFillBytes;
      TINTYPE_TRY(scratch_, ScratchFile::create(options_.path, bytes_, caching_));
      if (std::ranges::find(accesses_, DeviceAccess::copy) != accesses_.end()) {
        TINTYPE_TRY(second_, ScratchFile::create(options_.path, bytes_, caching_));
      }
      // What was never written would read as zeros, without a look at the disk.
      return write_all(scratch_->file());
    }
    if (accesses_.empty()) accesses_ = {DeviceAccess::read, DeviceAccess::random_read};
    if (!std::any_of(accesses_.begin(), accesses_.end(), writes)) {
      TINTYPE_TRY(named_, File::open_source(options_.path, caching_));
    } else {
      if (!std::filesystem::is_block_file(options_.path, code))
        return plain_error(options_.path + " is no block device: it is not written to",
                           "name a folder, and scratch files in it are");
      if (!options_.write_to_device)
        return plain_error("writing to " + options_.path + " was not confirmed");
      if (std::ranges::find(accesses_, DeviceAccess::copy) != accesses_.end())
        return plain_error("a copy needs a second file", "name a folder, not a device");
      TINTYPE_CHECK(check_target_usable(options_.path));
      TINTYPE_TRY(named_, File::open_target(options_.path, caching_));
    }
    bytes_ = std::min(options_.bytes, named_.geometry().size_bytes);
    if (bytes_ < *std::max_element(options_.block_bytes.begin(), options_.block_bytes.end()))
      return plain_error(options_.path + " is smaller than a block");
    return {};
  }

  [[nodiscard]] const File& source() const { return scratch_ ? scratch_->file() : named_; }

  Result<void> write_all(const File& file) {
    LatencyHistogram ignored;
    TINTYPE_CHECK(move({.target = &file,
                        .pattern = pattern_.bytes(),
                        .block_bytes = kFillBytes,
                        .blocks = bytes_ / kFillBytes},
                       16, ignored));
    return file.sync();
  }

  // Returns when it began.
  Result<Clock::time_point> move(const DeviceFlow::Plan& plan, unsigned depth,
                                 LatencyHistogram& latencies) {
    DeviceFlow flow(plan);
    ConductorLimits limits = conductor_limits(depth, 1);
    TINTYPE_TRY(const OpenedQueue opened,
                open_queue(options_.queue_engine, limits.operations_max()));
    TimedQueue queue(*opened.queue);
    SameThread executor;
    const PassTick tick = [this](const PassCounters&) {
      return !monitor_.stop_requested.load(std::memory_order_relaxed);
    };
    TINTYPE_CHECK(run_conducted(flow, queue, executor, limits, tick));
    const RequestLatencies& all = queue.latencies();
    for (const LatencyHistogram* each : {&all.reads, &all.writes, &all.read_backs})
      latencies.merge(*each);
    return flow.started();
  }

  Result<BenchRun> measure(const Combination& combination) {
    const DeviceAccess access = combination.access;
    const DeviceFlow::Plan plan{.source = access == DeviceAccess::write ? nullptr : &source(),
                                .target = access == DeviceAccess::copy    ? &second_->file()
                                          : access == DeviceAccess::write ? &source()
                                                                          : nullptr,
                                .pattern = pattern_.bytes(),
                                .block_bytes = combination.block_bytes,
                                .blocks = bytes_ / combination.block_bytes,
                                .random_order = access == DeviceAccess::random_read};
    LatencyHistogram latencies;
    const double cpu_before = process_cpu_seconds();
    TINTYPE_TRY(const auto started, move(plan, combination.depth, latencies));
    if (plan.target != nullptr) TINTYPE_CHECK(plan.target->sync());
    return BenchRun{.wall_seconds = std::chrono::duration<double>(Clock::now() - started).count(),
                    .cpu_seconds = process_cpu_seconds() - cpu_before,
                    .bytes = plan.blocks * plan.block_bytes,
                    .latency_median_seconds = latencies.within(0.5),
                    .latency_99_seconds = latencies.within(0.99)};
  }

  const DeviceBenchOptions& options_;
  JobMonitor& monitor_;
  const Caching caching_;
  const AlignedBuffer pattern_ = random_pattern();
  std::vector<DeviceAccess> accesses_;
  std::optional<ScratchFile> scratch_, second_;
  File named_;
  std::uint64_t bytes_ = 0;
  bool cached_ = false;
  BenchResults results_;
};

}  // namespace

std::string_view to_string(DeviceAccess access) noexcept {
  switch (access) {
    case DeviceAccess::read:
      return "read";
    case DeviceAccess::write:
      return "write";
    case DeviceAccess::copy:
      return "copy";
    case DeviceAccess::random_read:
      return "randread";
  }
  return "";
}

Result<BenchResults> run_device_bench(const DeviceBenchOptions& options, JobMonitor& monitor) {
  return DeviceBench(options, monitor).run();
}

}  // namespace tintype
