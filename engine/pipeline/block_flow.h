// BlockFlow: what is done with each block of a pass. Backup, copy, verify, compare, restore, check
// and extract are seven flows; the runner that moves their blocks (conductor.h overlapped,
// serial_pass.h one at a time) does not know which one it runs.
//
// Everything but process() and process_read_back() is called by one thread. Those two run in
// tasks: they touch their block and otherwise only what does not change during the pass.
#pragma once

#include <memory>

#include "engine/pipeline/block.h"
#include "io/result.h"

namespace tintype {

// The buffers a flow wants; the same for every block of a lane.
struct FlowShape {
  std::size_t buffer_bytes = 0;
  bool spare = false;               // process() makes something else out of what was read
  std::size_t read_back_bytes = 0;  // 0: nothing is read back
  bool writes = true;               // false: blocks are only looked at
};

// How busy the pass is when a block is about to be computed: for choosing how much to compute.
struct Pressure {
  unsigned tasks_max = 0;
  unsigned computing = 0;  // blocks in tasks or waiting for one, this one included
  unsigned reading = 0;
  unsigned writing = 0;
  // The same, averaged over the last moments: writes may end, and blocks come, in bursts.
  double computing_recently = 0, writing_recently = 0;
};

class BlockFlow {
 public:
  virtual ~BlockFlow() = default;

  [[nodiscard]] virtual FlowShape shape() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Block> make_block() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Block> make_read_back_block() const { return nullptr; }

  // Plans the next block in sequence: its reads. False at the end of the source.
  [[nodiscard]] virtual bool next(Block& block) = 0;
  // Whether a sector the medium does not give becomes a hole (true) or ends the pass.
  [[nodiscard]] virtual bool salvages_reads() const { return false; }
  // Reads are over; the block goes to a task next.
  virtual void before_process(Block& block, const Pressure& pressure) {
    static_cast<void>(block);
    static_cast<void>(pressure);
  }
  // May exchange the block's buffer with its spare one, which is taken away afterwards.
  virtual void process(Block& block) const noexcept = 0;
  // In sequence order: decides what is written and where.
  [[nodiscard]] virtual Result<void> place(Block& block) = 0;
  // The block's write, if it had one, is over. In any order.
  virtual void retire(Block& block) { static_cast<void>(block); }

  // The read-back lane: what has been written and can be read again. False: nothing now.
  [[nodiscard]] virtual bool next_read_back(Block& block) {
    static_cast<void>(block);
    return false;
  }
  virtual void process_read_back(Block& block) const noexcept { static_cast<void>(block); }
  [[nodiscard]] virtual Result<void> finish_read_back(Block& block) {
    static_cast<void>(block);
    return {};
  }
};

}  // namespace tintype
