#include "engine/pipeline/compute_stage.h"

#include <mutex>
#include <utility>

namespace tintype {

// Blocks that tasks have finished, handed to the conductor. Tasks push, one thread takes.
class ComputeStage::Inbox {
 public:
  explicit Inbox(AsyncQueue& queue) : queue_(queue) {}
  void push(Block* block) {
    const std::lock_guard lock(mutex_);
    const bool first = blocks_.empty();
    blocks_.push_back(block);
    // Inside the lock: the queue may be gone as soon as the conductor has taken the last block.
    if (first) queue_.wake();
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

ComputeStage::ComputeStage(const BlockFlow& flow, AsyncQueue& queue, Executor& executor,
                           std::vector<std::span<std::byte>> spares)
    : flow_(flow),
      executor_(executor),
      spares_(std::move(spares)),
      inbox_(std::make_shared<Inbox>(queue)) {}

ComputeStage::~ComputeStage() = default;

void ComputeStage::start(Block& block) {
  ++in_all_;
  if (!block.read_back) ++blocks_;
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

std::span<Block* const> ComputeStage::collect() {
  collected_.clear();
  inbox_->take(collected_);
  in_all_ -= static_cast<unsigned>(collected_.size());
  for (const Block* block : collected_)
    if (!block->read_back) --blocks_;
  return collected_;
}

}  // namespace tintype
