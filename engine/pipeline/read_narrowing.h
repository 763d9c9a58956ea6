// What becomes of reads that failed: each is taken apart until the bad sectors stand alone. Both
// runners use it, so that they name the same sectors.
//
// A block layer merges neighbouring requests, and what fails merged fails for all: that a read
// failed beside others says little about its bytes. So the runner reads one range at a time, with
// nothing else of the pass in flight: first the whole range again, then halves of what fails, down
// to the sector, which is read kTriesMax times before it is called unreadable.
//
// What it costs: one bad sector of 512 bytes in a read of 1 MiB about 25 reads, a MiB of nothing
// else 8 191. A medium that gives nothing at all ends the pass after kUnreadableBytesMax, or, where
// each failure takes its time, after kFailingSecondsMax of them in a row.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/pipeline/block.h"
#include "engine/pipeline/pass_runner.h"

namespace tintype {

class ReadNarrowing {
 public:
  static constexpr unsigned kTriesMax = 3;
  static constexpr double kFailingSecondsMax = 1800;

  // A part of a failed read. Its request is rounded up to `unit`, for which the buffer has room.
  struct Part {
    Block* block = nullptr;
    Block::Read read;
    std::uint32_t unit = 0;

    [[nodiscard]] std::span<std::byte> bytes() const {
      return block->buffer.subspan(read.buffer_offset, (read.length + unit - 1) / unit * unit);
    }
  };

  // A read of this block failed with a medium error.
  void add(Block& block, const Block::Read& failed) {
    waiting_.push_back({&block, failed, Block::Read::unit_of(*failed.file)});
  }

  [[nodiscard]] bool empty() const noexcept { return parts_.empty() && waiting_.empty(); }
  // What to read next, alone; not if empty().
  [[nodiscard]] const Part& next();
  // What came of it, in bytes or as a negative std::errc, after so long. The block if its read is
  // over now, or null; an error ends the pass. Sectors given up are zeros and holes of the block.
  [[nodiscard]] Result<Block*> took(std::int32_t result, double seconds, PassCounters& counters);

  void clear() {
    parts_.clear();
    waiting_.clear();
  }

 private:
  [[nodiscard]] Result<void> got(std::uint32_t bytes, PassCounters& counters);
  [[nodiscard]] Result<void> failed(int error_number, double seconds, PassCounters& counters);
  void halve(std::uint32_t unit);
  [[nodiscard]] Result<void> give_up(PassCounters& counters);

  std::deque<Part> waiting_;
  std::vector<Part> parts_;     // of the read at work, the next one last
  unsigned tries_ = 0;          // of parts_.back()
  double failing_seconds_ = 0;  // since a part last could be read
};

}  // namespace tintype
