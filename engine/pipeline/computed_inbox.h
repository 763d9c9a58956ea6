// Blocks that tasks have finished, handed to the conductor. Tasks push, one thread takes.
#pragma once

#include <mutex>
#include <vector>

#include "engine/pipeline/block.h"
#include "io/queue/async_queue.h"

namespace tintype {

class ComputedInbox {
 public:
  explicit ComputedInbox(AsyncQueue& queue) : queue_(queue) {}
  void push(Block* block) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = blocks_.empty();
      blocks_.push_back(block);
      // Inside the lock: the queue may be gone as soon as the conductor has taken the last block.
      if (first) queue_.wake();
    }
  }
  void take(std::vector<Block*>& blocks) {
    const std::lock_guard lock(mutex_);
    blocks.swap(blocks_);
  }

 private:
  AsyncQueue& queue_;
  std::mutex mutex_;
  std::vector<Block*> blocks_;
};

}  // namespace tintype
