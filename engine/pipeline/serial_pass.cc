#include "engine/pipeline/serial_pass.h"

#include <chrono>
#include <thread>
#include <utility>

#include "engine/pipeline/rate_gate.h"
#include "engine/pipeline/read_narrowing.h"
#include "io/aligned_buffer.h"

namespace tintype {
namespace {

using Clock = std::chrono::steady_clock;

class SerialPass {
 public:
  SerialPass(BlockFlow& flow, const PassTick& tick, const RateLimits* rates)
      : flow_(flow),
        tick_(tick),
        gate_(rates),
        shape_(flow.shape()),
        block_(flow.make_block()),
        buffer_(shape_.buffer_bytes),
        spare_buffer_(shape_.spare ? shape_.buffer_bytes : 0),
        spare_(spare_buffer_.bytes()) {
    block_->buffer = buffer_.bytes();
    if (shape_.read_back_bytes != 0) {
      read_back_block_ = flow.make_read_back_block();
      read_back_ = AlignedBuffer(shape_.read_back_bytes);
      read_back_block_->buffer = read_back_.bytes();
      read_back_block_->read_back = true;
    }
  }

  Result<PassCounters> run() {
    last_step_ = Clock::now();
    for (;;) {
      block_->begin(sequence_++);
      if (!flow_.next(*block_)) break;
      for (const Block::Read& read : block_->reads) {
        TINTYPE_CHECK(await_limit(IoKind::read, read.length));
        TINTYPE_CHECK(fill(*block_, read, flow_.salvages_reads()));
      }
      account(Stage::read);
      flow_.before_process(*block_, Pressure{.tasks_max = 1, .computing = 1});
      block_->spare = spare_;
      flow_.process(*block_);
      spare_ = std::exchange(block_->spare, {});
      account(Stage::compute);
      TINTYPE_CHECK(flow_.place(*block_));
      if (block_->placed_bytes != 0)
        TINTYPE_CHECK(await_limit(IoKind::write, block_->placed_bytes));
      counters_.written_bytes += block_->placed_bytes;
      TINTYPE_CHECK(write(block_->write));
      for (const Block::Write& more : block_->more_writes) TINTYPE_CHECK(write(more));
      flow_.retire(*block_);
      account(Stage::write);
      TINTYPE_CHECK(read_back());
      account(Stage::read_back);
      if (!tick_(counters_)) return stopped_error();
    }
    return counters_;
  }

 private:
  // The time since the last step was this stage's.
  void account(Stage stage) {
    const auto now = Clock::now();
    counters_.times.add(std::chrono::duration<double>(now - last_step_).count(), stage);
    last_step_ = now;
  }

  Result<void> await_limit(IoKind kind, std::uint64_t bytes) {
    if (gate_.lets_through(kind, bytes)) return {};
    const bool reads = kind == IoKind::read;
    account(reads ? Stage::read : Stage::write);
    while (!gate_.lets_through(kind, bytes)) {
      std::this_thread::sleep_until(gate_.ask_again_at());
      if (!tick_(counters_)) return stopped_error();
    }
    account(reads ? Stage::read_limit : Stage::write_limit);
    return {};
  }

  Result<void> write(const Block::Write& write) {
    if (write.file == nullptr) return {};
    TINTYPE_CHECK(await_limit(IoKind::write, write.bytes.size()));
    TINTYPE_CHECK(write.file->write_at(write.file_offset, write.bytes));
    counters_.written_bytes += write.bytes.size();
    return {};
  }

  Result<void> read_back() {
    while (read_back_block_ != nullptr) {
      Block& block = *read_back_block_;
      block.reads.clear();
      if (!flow_.next_read_back(block)) break;
      for (const Block::Read& read : block.reads) {
        TINTYPE_CHECK(fill(block, read, false));
      }
      flow_.process_read_back(block);
      TINTYPE_CHECK(flow_.finish_read_back(block));
    }
    return {};
  }

  // Reads one range, and what failed of it part by part.
  Result<void> fill(Block& block, const Block::Read& read, bool salvage) {
    const std::uint32_t unit = Block::Read::unit_of(*read.file);
    const auto got = read.file->read_at(
        read.file_offset,
        block.buffer.subspan(read.buffer_offset, (read.length + unit - 1) / unit * unit));
    if (got && *got < read.length) return ended_early_error(*read.file, read.file_offset + *got);
    if (got) {
      (block.read_back ? counters_.read_back_bytes : counters_.read_bytes) += read.length;
      if (!block.read_back) ++counters_.reads;
      return {};
    }
    if (!salvage || !is_medium_error(got.error().code.value())) return tl::unexpected(got.error());
    narrowing_.add(block, read);
    while (!narrowing_.empty()) {
      const ReadNarrowing::Part& part = narrowing_.next();
      TINTYPE_CHECK(await_limit(IoKind::read, part.bytes().size()));
      const auto started = Clock::now();
      const auto piece = part.read.file->read_at(part.read.file_offset, part.bytes());
      const std::chrono::duration<double> took = Clock::now() - started;
      TINTYPE_CHECK(
          narrowing_.took(piece ? static_cast<std::int32_t>(*piece) : -piece.error().code.value(),
                          took.count(), counters_));
      if (!tick_(counters_)) return stopped_error();
    }
    return {};
  }

  BlockFlow& flow_;
  const PassTick& tick_;
  RateGate gate_;
  Clock::time_point last_step_;
  FlowShape shape_;
  std::unique_ptr<Block> block_, read_back_block_;
  AlignedBuffer buffer_, spare_buffer_, read_back_;
  std::span<std::byte> spare_;  // whichever of the first two the block does not have
  std::uint64_t sequence_ = 0;
  ReadNarrowing narrowing_;
  PassCounters counters_;
};

}  // namespace

Result<PassCounters> run_serially(BlockFlow& flow, const PassTick& tick, const RateLimits* rates) {
  return SerialPass(flow, tick, rates).run();
}

}  // namespace tintype
