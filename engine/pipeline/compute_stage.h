// Blocks in tasks: handed to the executor, and taken back when they are computed. Tasks touch their
// block and their worker's spare buffer; everything here belongs to one thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/pipeline/block_flow.h"
#include "engine/pipeline/executor.h"
#include "io/queue/async_queue.h"

namespace tintype {

class ComputeStage {
 public:
  // `spares`: a buffer for each worker, who alone touches it, or none each. When a block is
  // computed the queue is woken. All outlive what is computed; collect() has given every block back
  // before the stage goes.
  ComputeStage(const BlockFlow& flow, AsyncQueue& queue, Executor& executor,
               std::vector<std::span<std::byte>> spares);
  ~ComputeStage();

  void start(Block& block);
  // Those that were computed since, in any order; good until the next call.
  [[nodiscard]] std::span<Block* const> collect();

  // In tasks or waiting for one.
  [[nodiscard]] unsigned blocks() const noexcept { return blocks_; }  // read-back lane not counted
  [[nodiscard]] unsigned in_all() const noexcept { return in_all_; }

 private:
  class Inbox;

  const BlockFlow& flow_;
  Executor& executor_;
  std::vector<std::span<std::byte>> spares_;
  // Shared with the tasks: one may still be leaving it when the pass is already over.
  std::shared_ptr<Inbox> inbox_;
  std::vector<Block*> collected_;
  unsigned blocks_ = 0;
  unsigned in_all_ = 0;
};

}  // namespace tintype
