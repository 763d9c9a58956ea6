#include "engine/pipeline/conductor.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "engine/pipeline/computed_inbox.h"
#include "engine/pipeline/rate_gate.h"
#include "engine/pipeline/read_narrowing.h"
#include "engine/pipeline/recent_average.h"
#include "io/buffer_slab.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than a burst of a throttled disk, shorter than what a user would call a phase.
constexpr double kRecentSeconds = 0.25;

// One operation: a read or write of a part of one block. Its slot's number is the request's tag.
struct Operation {
  Block* block = nullptr;
  IoKind kind = IoKind::read;
  const File* file = nullptr;
  std::uint64_t file_offset = 0;
  std::uint32_t buffer_offset = 0;  // of a read
  // Bytes of a read that must come; the request is rounded up. Of a write without a file: the bytes
  // that place() has written, which are only to be paid for.
  std::uint32_t needed = 0;
  std::span<std::byte> bytes;  // of a write
  bool narrowing = false;      // a read that is alone in flight
};

// Operations that wait to be submitted. A lane for each kind, so that none waits behind another
// which a limit holds back.
struct Lane {
  std::deque<Operation> waiting;
  bool held = false;  // by a limit, when it was last looked at
};

class Conductor {
 public:
  Conductor(BlockFlow& flow, AsyncQueue& queue, Executor& executor, const ConductorLimits& limits,
            const PassTick& tick)
      : flow_(flow),
        queue_(queue),
        executor_(executor),
        limits_(limits),
        gate_(limits.rates),
        tick_(tick),
        shape_(flow.shape()),
        buffers_(limits.buffers(shape_), shape_.buffer_bytes),
        read_backs_(shape_.read_back_bytes != 0 ? limits.read_backs_max : 0,
                    shape_.read_back_bytes),
        inbox_(std::make_shared<ComputedInbox>(queue)) {
    assert(queue.in_flight_max() >= limits.operations_max());
    assert(executor.workers() <= limits.tasks_max);  // there is a spare buffer for each
    queue_.register_memory(buffers_.bytes());
    spares_.resize(executor.workers());
    if (shape_.spare)
      for (unsigned i = 0; i < spares_.size(); ++i) spares_[i] = buffers_[limits.blocks_max + i];
    for (unsigned i = 0; i < limits.blocks_max; ++i) {
      auto block = flow.make_block();
      block->buffer = buffers_[i];
      free_.push_back(block.get());
      blocks_.push_back(std::move(block));
    }
    for (unsigned i = 0; i < read_backs_.buffers(); ++i) {
      auto block = flow.make_read_back_block();
      block->buffer = read_backs_[i];
      block->read_back = true;
      read_back_free_.push_back(block.get());
      blocks_.push_back(std::move(block));
    }
    operations_.resize(limits.operations_max());
    for (std::uint32_t i = limits.operations_max(); i-- > 0;) free_operations_.push_back(i);
    waiting_turn_.resize(limits.blocks_max, nullptr);
  }

  Result<PassCounters> run() {
    last_step_ = Clock::now();
    std::vector<IoCompletion> completions(limits_.operations_max() + 1);
    for (;;) {
      if (!error_) start_reads();
      if (narrowing_.empty()) {
        if (!error_) place_in_turn();
        if (!error_) start_read_backs();
        submit_waiting();
      } else if (in_queue() == 0) {
        submit_narrowed();
      }
      if (in_flight() == 0) {
        if (error_ || turn() == nullptr) break;
        continue;  // what stood in the way has just been paid for
      }
      // Holds: something is on its way, so wait() will return.
      const std::size_t count = queue_.wait_until(completions, deadline());
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
  [[nodiscard]] std::size_t in_queue() const noexcept {
    return operations_.size() - free_operations_.size();
  }
  [[nodiscard]] std::size_t in_flight() const noexcept {
    return in_queue() + read_lane_.waiting.size() + write_lane_.waiting.size() +
           read_back_lane_.waiting.size() + computing_ + (narrowing_.empty() ? 0 : 1);
  }

  // The first error wins and sticks: nothing new is started, what is in flight comes home.
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
    narrowing_.clear();
    for (Lane* lane : {&read_lane_, &write_lane_, &read_back_lane_}) {
      lane->waiting.clear();
      lane->held = false;
    }
  }

  void start_reads() {
    while (!source_ended_ && !free_.empty() && reading_ < limits_.reads_max) {
      Block& block = *free_.back();
      block.reads.clear();
      block.unreadable.clear();
      block.write = {};
      block.more_writes.clear();
      block.placed_bytes = 0;
      block.sequence = next_sequence_;
      if (!flow_.next(block)) {
        source_ended_ = true;
        return;
      }
      ++next_sequence_;
      free_.pop_back();
      ++reading_;
      start_block(block);
    }
  }

  void start_read_backs() {
    while (!read_back_free_.empty()) {
      Block& block = *read_back_free_.back();
      block.reads.clear();
      if (!flow_.next_read_back(block)) return;
      read_back_free_.pop_back();
      start_block(block);
    }
  }

  void start_block(Block& block) {
    block.operations_pending = static_cast<std::uint32_t>(block.reads.size());
    for (const Block::Read& read : block.reads)
      lane_of(block).waiting.push_back(
          {&block, IoKind::read, read.file, read.file_offset, read.buffer_offset, read.length, {}});
    if (block.operations_pending == 0) reading_over(block);  // nothing but zeros
  }

  Lane& lane_of(const Block& block) noexcept {
    return block.read_back ? read_back_lane_ : read_lane_;
  }

  void submit_waiting() {
    // What is nearest to its end goes first: it frees blocks.
    for (Lane* lane : {&write_lane_, &read_back_lane_, &read_lane_}) submit_lane(*lane);
  }

  void submit_lane(Lane& lane) {
    lane.held = false;
    while (!lane.waiting.empty() && !free_operations_.empty()) {
      const Operation operation = lane.waiting.front();
      const bool placed = operation.file == nullptr;
      std::span<std::byte> bytes = operation.bytes;
      if (operation.kind == IoKind::read) {
        const std::uint32_t sector_bytes = Block::Read::unit_of(*operation.file);
        bytes = operation.block->buffer.subspan(
            operation.buffer_offset,
            (operation.needed + sector_bytes - 1) / sector_bytes * sector_bytes);
      }
      if (!operation.block->read_back &&
          !gate_.lets_through(operation.kind, placed ? operation.needed : bytes.size())) {
        lane.held = true;
        return;
      }
      lane.waiting.pop_front();
      if (placed) {
        --placed_unpaid_;
        counters_.written_bytes += operation.needed;
        write_over(*operation.block);
        continue;
      }
      submit(operation, bytes);
    }
  }

  void submit(const Operation& operation, std::span<std::byte> bytes) {
    const std::uint32_t slot = free_operations_.back();
    free_operations_.pop_back();
    queue_.submit({operation.kind, operation.file, operation.file_offset, bytes, slot});
    operations_[slot] = operation;
  }

  // Everything else waits: a request beside it could be merged with it, and fail it.
  void submit_narrowed() {
    const ReadNarrowing::Part& part = narrowing_.next();
    read_lane_.held = !gate_.lets_through(IoKind::read, part.bytes().size());
    if (read_lane_.held) return;
    narrowed_at_ = Clock::now();
    submit({.block = part.block,
            .file = part.read.file,
            .file_offset = part.read.file_offset,
            .narrowing = true},
           part.bytes());
  }

  [[nodiscard]] AsyncQueue::Deadline deadline() const noexcept {
    return read_lane_.held || write_lane_.held ? gate_.ask_again_at() : AsyncQueue::kNoDeadline;
  }

  void complete(const IoCompletion& completion) {
    const Operation operation = operations_[completion.tag];
    free_operations_.push_back(static_cast<std::uint32_t>(completion.tag));
    if (operation.narrowing)
      complete_narrowed(completion.result);
    else if (operation.kind == IoKind::read)
      complete_read(operation, completion.result);
    else
      complete_write(operation, completion.result);
  }

  void complete_read(Operation operation, std::int32_t result) {
    Block& block = *operation.block;
    const std::uint32_t sector_bytes = Block::Read::unit_of(*operation.file);
    if (result < 0) {
      if (error_) return;
      if (!flow_.salvages_reads() || block.read_back || !is_medium_error(-result)) {
        fail(read_error(-result, *operation.file, operation.file_offset).value());
        return;
      }
      narrowing_.add(block, {operation.file, operation.file_offset, operation.buffer_offset,
                             operation.needed});
      return;
    }
    const auto got = static_cast<std::uint32_t>(result);
    if (got < operation.needed) {
      // A short read: go on from the last whole sector. No progress at all is the end of the file.
      const std::uint32_t whole = got / sector_bytes * sector_bytes;
      if (whole == 0) {
        fail(ended_early_error(*operation.file, operation.file_offset + got).value());
        return;
      }
      count_read(block, whole);
      operation.file_offset += whole;
      operation.buffer_offset += whole;
      operation.needed -= whole;
      if (!error_) lane_of(block).waiting.push_front(operation);
      return;
    }
    count_read(block, operation.needed);
    if (--block.operations_pending == 0 && !error_) reading_over(block);
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
    ++computing_;
    if (!block.read_back) {
      --reading_;
      ++computing_blocks_;
      flow_.before_process(block, Pressure{limits_.tasks_max, computing_blocks_, reading_, writing_,
                                           computing_recently_.value(), writing_recently_.value()});
    }
    // The task shares the inbox: it may still be leaving push() when the pass is already over.
    executor_.run([this, &block, inbox = inbox_](unsigned worker) {
      if (block.read_back) {
        flow_.process_read_back(block);
      } else {
        block.spare = spares_[worker];
        flow_.process(block);
        spares_[worker] = std::exchange(block.spare, {});
      }
      inbox->push(&block);  // the last that is touched of the pass
    });
  }

  void collect_computed() {
    computed_.clear();
    inbox_->take(computed_);
    computing_ -= static_cast<unsigned>(computed_.size());
    for (Block* block : computed_) {
      if (!block->read_back) {
        --computing_blocks_;
        // Sequence numbers in use lie within blocks_max of one another: a ring finds the next turn.
        waiting_turn_[block->sequence % waiting_turn_.size()] = block;
        continue;
      }
      if (auto result = flow_.finish_read_back(*block); !result) fail(std::move(result).error());
      read_back_free_.push_back(block);
    }
  }

  [[nodiscard]] Block*& turn() noexcept {
    return waiting_turn_[next_place_ % waiting_turn_.size()];
  }

  // What earlier blocks have written in place() is paid for before the next one writes.
  [[nodiscard]] bool owes() const noexcept { return write_lane_.held && placed_unpaid_ != 0; }

  void place_in_turn() {
    while (turn() != nullptr && writing_ < limits_.writes_max && !owes()) {
      Block& block = *std::exchange(turn(), nullptr);
      ++next_place_;
      if (auto result = flow_.place(block); !result) {
        fail(std::move(result).error());
        return;
      }
      block.operations_pending = 0;
      add_write(block, block.write);
      for (const Block::Write& write : block.more_writes) add_write(block, write);
      const bool placed = block.placed_bytes != 0;
      if (placed) {
        ++placed_unpaid_;
        ++block.operations_pending;
        write_lane_.waiting.push_back(
            {&block, IoKind::write, nullptr, 0, 0, block.placed_bytes, {}});
      }
      if (block.operations_pending == 0)
        retire(block);
      else
        ++writing_;
      if (placed) submit_lane(write_lane_);
    }
  }

  void add_write(Block& block, const Block::Write& write) {
    if (write.file == nullptr) return;
    ++block.operations_pending;
    write_lane_.waiting.push_back(
        {&block, IoKind::write, write.file, write.file_offset, 0, 0, write.bytes});
  }

  void complete_write(Operation operation, std::int32_t result) {
    if (result <= 0) {
      fail(
          write_error(result == 0 ? EIO : -result, *operation.file, operation.file_offset).value());
      return;
    }
    const auto done = static_cast<std::size_t>(result);
    counters_.written_bytes += done;
    if (done < operation.bytes.size()) {
      operation.file_offset += done;
      operation.bytes = operation.bytes.subspan(done);
      if (!error_) write_lane_.waiting.push_front(operation);
      return;
    }
    write_over(*operation.block);
  }

  void write_over(Block& block) {
    if (--block.operations_pending != 0) return;
    --writing_;
    retire(block);
  }

  void retire(Block& block) {
    flow_.retire(block);
    free_.push_back(&block);
    if (!error_) start_reads();  // the freed block goes straight back to work
  }

  void account_time() {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_step_).count();
    last_step_ = now;
    computing_recently_.add(computing_blocks_, seconds);
    writing_recently_.add(writing_, seconds);
    counters_.times.add(seconds, {.reading = reading_,
                                  .computing = computing_blocks_,
                                  .writing = writing_,
                                  .reading_back = static_cast<unsigned>(read_backs_.buffers() -
                                                                        read_back_free_.size()),
                                  .reads_held = read_lane_.held,
                                  .writes_held = write_lane_.held});
  }

  BlockFlow& flow_;
  AsyncQueue& queue_;
  Executor& executor_;
  const ConductorLimits limits_;
  RateGate gate_;
  const PassTick& tick_;
  const FlowShape shape_;
  BufferSlab buffers_, read_backs_;
  std::vector<std::span<std::byte>> spares_;  // one for each worker, who alone touches it
  std::vector<std::unique_ptr<Block>> blocks_;
  std::shared_ptr<ComputedInbox> inbox_;

  std::vector<Block*> free_, read_back_free_, computed_;
  std::vector<Block*> waiting_turn_;
  std::vector<Operation> operations_;
  std::vector<std::uint32_t> free_operations_;
  Lane read_lane_, write_lane_, read_back_lane_;
  ReadNarrowing narrowing_;
  Clock::time_point narrowed_at_;

  unsigned reading_ = 0;           // blocks, read-back lane not counted
  unsigned computing_ = 0;         // blocks of both lanes
  unsigned computing_blocks_ = 0;  // read-back lane not counted
  unsigned writing_ = 0;
  unsigned placed_unpaid_ = 0;  // operations without a file that wait in the write lane
  RecentAverage computing_recently_{kRecentSeconds}, writing_recently_{kRecentSeconds};
  std::uint64_t next_sequence_ = 0;
  std::uint64_t next_place_ = 0;
  bool source_ended_ = false;
  std::optional<Error> error_;
  PassCounters counters_;
  Clock::time_point last_step_;
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
