#include "engine/pipeline/conductor.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/pipeline/compute_stage.h"
#include "engine/pipeline/io_lanes.h"
#include "engine/pipeline/pass_blocks.h"
#include "engine/pipeline/pass_clock.h"
#include "engine/pipeline/read_narrowing.h"
#include "engine/pipeline/turn_ring.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

// What a block does next. Where it is meanwhile: PassBlocks (free), IoLanes (reading, writing),
// ReadNarrowing (a read that failed), ComputeStage (computing), TurnRing (waiting for its turn).
class Conductor {
 public:
  Conductor(BlockFlow& flow, AsyncQueue& queue, Executor& executor, const ConductorLimits& limits,
            const PassTick& tick)
      : flow_(flow),
        queue_(queue),
        limits_(limits),
        tick_(tick),
        blocks_(flow, limits.blocks_max, limits.read_backs_max, executor.workers()),
        lanes_(queue, limits.operations_max(), limits.rates,
               [this](const IoOperation& placed) { complete_placed(placed); }),
        compute_(flow, queue, executor, blocks_.spares()),
        turn_(limits.blocks_max) {
    assert(queue.in_flight_max() >= limits.operations_max());
    assert(executor.workers() <= limits.tasks_max);  // as many spare buffers as buffers() says
    queue_.register_memory(blocks_.memory());
  }

  Result<PassCounters> run() {
    std::vector<IoCompletion> completions(limits_.operations_max() + 1);
    for (;;) {
      if (!error_) start_reads();
      if (narrowing_.empty()) {
        if (!error_) place_in_turn();
        if (!error_) start_read_backs();
        lanes_.submit();
      } else if (lanes_.in_queue() == 0) {
        submit_narrowed();
      }
      if (in_flight() == 0) {
        if (error_ || !turn_.ready()) break;
        continue;  // what stood in the way has just been paid for
      }
      // Holds: something is on its way, so wait() will return.
      const std::size_t count = queue_.wait_until(completions, lanes_.deadline());
      account_time();
      for (std::size_t i = 0; i < count; ++i) {
        if (completions[i].kind == IoKind::wake)
          collect_computed();
        else
          complete(completions[i]);
      }
      if (!error_ && !tick_(counters_)) fail(stopped_error().value());
    }
    if (error_) return tl::unexpected(*std::move(error_));
    return counters_;
  }

 private:
  [[nodiscard]] std::size_t in_flight() const noexcept {
    return lanes_.in_queue() + lanes_.waiting() + compute_.in_all() + (narrowing_.empty() ? 0 : 1);
  }

  // The first error wins and sticks: nothing new is started, what is in flight comes home.
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
    narrowing_.clear();
    lanes_.clear_waiting();
  }

  void complete(const IoCompletion& completion) {
    const IoOperation operation = lanes_.completed(completion.tag);
    if (operation.alone)
      complete_narrowed(completion.result);
    else if (operation.kind == IoKind::read)
      complete_read(operation, completion.result);
    else
      complete_write(operation, completion.result);
  }

  void account_time() {
    clock_.add({.reading = reading_,
                .computing = compute_.blocks(),
                .writing = writing_,
                .reading_back = blocks_.reading_back(),
                .reads_held = lanes_.reads_held(),
                .writes_held = lanes_.writes_held()},
               counters_.times);
  }

  // ---- free → reading → computing ----

  void start_reads() {
    while (!source_ended_ && reading_ < limits_.reads_max) {
      Block* const block = blocks_.free_block();
      if (block == nullptr) return;
      block->begin(next_sequence_);
      if (!flow_.next(*block)) {
        source_ended_ = true;
        return;
      }
      ++next_sequence_;
      blocks_.take(*block);
      ++reading_;
      start_block(*block);
    }
  }

  void start_read_backs() {
    while (Block* const block = blocks_.free_read_back()) {
      block->reads.clear();
      if (!flow_.next_read_back(*block)) return;
      blocks_.take(*block);
      start_block(*block);
    }
  }

  void start_block(Block& block) {
    block.operations_pending = static_cast<std::uint32_t>(block.reads.size());
    for (const Block::Read& read : block.reads)
      lanes_.add({.block = &block,
                  .file = read.file,
                  .file_offset = read.file_offset,
                  .buffer_offset = read.buffer_offset,
                  .needed = read.length});
    if (block.operations_pending == 0) reading_over(block);  // nothing but zeros
  }

  void complete_read(IoOperation operation, std::int32_t result) {
    Block& block = *operation.block;
    if (result < 0) return read_failed(operation, -result);
    const auto got = static_cast<std::uint32_t>(result);
    if (got >= operation.needed) {
      count_read(block, operation.needed);
      if (--block.operations_pending == 0 && !error_) reading_over(block);
      return;
    }
    // A short read: go on from the last whole sector. No progress at all is the end of the file.
    const std::uint32_t unit = Block::Read::unit_of(*operation.file);
    const std::uint32_t whole = got / unit * unit;
    if (whole == 0)
      return fail(ended_early_error(*operation.file, operation.file_offset + got).value());
    count_read(block, whole);
    operation.advance(whole);
    if (!error_) lanes_.put_back(operation);
  }

  void read_failed(const IoOperation& operation, int error_number) {
    if (error_) return;
    Block& block = *operation.block;
    if (!flow_.salvages_reads() || block.read_back || !is_medium_error(error_number))
      return fail(read_error(error_number, *operation.file, operation.file_offset).value());
    narrowing_.add(
        block, {operation.file, operation.file_offset, operation.buffer_offset, operation.needed});
  }

  // Everything else waits: a request beside it could be merged with it, and fail it.
  void submit_narrowed() {
    const ReadNarrowing::Part& part = narrowing_.next();
    narrowed_at_ = Clock::now();
    lanes_.submit_alone({.block = part.block,
                         .file = part.read.file,
                         .file_offset = part.read.file_offset,
                         .alone = true},
                        part.bytes());
  }

  void complete_narrowed(std::int32_t result) {
    if (error_) return;
    const std::chrono::duration<double> took = Clock::now() - narrowed_at_;
    const auto block = narrowing_.took(result, took.count(), counters_);
    if (!block) return fail(block.error());
    if (*block != nullptr && --(*block)->operations_pending == 0) reading_over(**block);
  }

  void count_read(const Block& block, std::uint32_t bytes) {
    (block.read_back ? counters_.read_back_bytes : counters_.read_bytes) += bytes;
    if (!block.read_back) ++counters_.reads;
  }

  void reading_over(Block& block) {
    std::sort(block.unreadable.begin(), block.unreadable.end(),
              [](const Block::Hole& a, const Block::Hole& b) {
                return a.buffer_offset < b.buffer_offset;
              });
    if (!block.read_back) {
      --reading_;
      flow_.before_process(block,
                           Pressure{limits_.tasks_max, compute_.blocks() + 1, reading_, writing_,
                                    clock_.computing_recently(), clock_.writing_recently()});
    }
    compute_.start(block);
  }

  // ---- computing → waiting for its turn → writing → free ----

  void collect_computed() {
    for (Block* block : compute_.collect()) {
      if (!block->read_back) {
        turn_.put(*block);
        continue;
      }
      if (auto result = flow_.finish_read_back(*block); !result) fail(std::move(result).error());
      blocks_.give_back(*block);
    }
  }

  // What earlier blocks have written in place() is paid for before the next one writes.
  void place_in_turn() {
    while (turn_.ready() && writing_ < limits_.writes_max && !lanes_.owes()) {
      Block& block = turn_.take();
      if (auto result = flow_.place(block); !result) return fail(std::move(result).error());
      block.operations_pending = 0;
      add_write(block, block.write);
      for (const Block::Write& write : block.more_writes) add_write(block, write);
      const bool placed = block.placed_bytes != 0;
      if (placed)
        add_operation({.block = &block, .kind = IoKind::write, .needed = block.placed_bytes});
      if (block.operations_pending == 0)
        retire(block);
      else
        ++writing_;
      if (placed) lanes_.submit_writes();
    }
  }

  void add_write(Block& block, const Block::Write& write) {
    if (write.file != nullptr)
      add_operation({.block = &block,
                     .kind = IoKind::write,
                     .file = write.file,
                     .file_offset = write.file_offset,
                     .bytes = write.bytes});
  }

  void add_operation(const IoOperation& operation) {
    ++operation.block->operations_pending;
    lanes_.add(operation);
  }

  void complete_write(IoOperation operation, std::int32_t result) {
    if (result <= 0)
      return fail(write_error(result == 0 ? static_cast<int>(std::errc::io_error) : -result,
                              *operation.file, operation.file_offset)
                      .value());
    const auto done = static_cast<std::uint32_t>(result);
    counters_.written_bytes += done;
    if (done >= operation.bytes.size()) return write_over(*operation.block);
    operation.advance(done);
    if (!error_) lanes_.put_back(operation);
  }

  // Written by place() itself; now it is paid for.
  void complete_placed(const IoOperation& operation) {
    counters_.written_bytes += operation.needed;
    write_over(*operation.block);
  }

  void write_over(Block& block) {
    if (--block.operations_pending != 0) return;
    --writing_;
    retire(block);
  }

  void retire(Block& block) {
    flow_.retire(block);
    blocks_.give_back(block);
    if (!error_) start_reads();  // the freed block goes straight back to work
  }

  BlockFlow& flow_;
  AsyncQueue& queue_;
  const ConductorLimits limits_;
  const PassTick& tick_;
  PassBlocks blocks_;
  IoLanes lanes_;
  ReadNarrowing narrowing_;
  Clock::time_point narrowed_at_;
  ComputeStage compute_;
  TurnRing turn_;

  unsigned reading_ = 0;  // blocks, read-back lane not counted
  unsigned writing_ = 0;
  std::uint64_t next_sequence_ = 0;
  bool source_ended_ = false;
  std::optional<Error> error_;
  PassCounters counters_;
  PassClock clock_;
};

}  // namespace

ConductorLimits conductor_limits(unsigned io_depth, unsigned tasks, bool writes) noexcept {
  ConductorLimits limits;
  limits.reads_max = io_depth;
  limits.writes_max = io_depth;
  limits.tasks_max = tasks;
  limits.read_backs_max = std::clamp(io_depth * 3 / 4, 2u, 12u);
  limits.blocks_max = (writes ? 2 : 1) * io_depth + 2 * tasks + std::max(io_depth / 2, 2u);
  return limits;
}

std::uint64_t conductor_memory_bytes(const ConductorLimits& limits,
                                     const FlowShape& shape) noexcept {
  return limits.buffers(shape) * shape.buffer_bytes +
         (shape.read_back_bytes != 0 ? limits.read_backs_max * shape.read_back_bytes : 0);
}

Result<PassCounters> run_conducted(BlockFlow& flow, AsyncQueue& queue, Executor& executor,
                                   const ConductorLimits& limits, const PassTick& tick) {
  return Conductor(flow, queue, executor, limits, tick).run();
}

}  // namespace tintype
