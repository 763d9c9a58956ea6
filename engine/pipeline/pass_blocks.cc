#include "engine/pipeline/pass_blocks.h"

namespace tintype {

PassBlocks::PassBlocks(const BlockFlow& flow, unsigned blocks, unsigned read_backs,
                       unsigned workers)
    : shape_(flow.shape()),
      buffers_(blocks + (shape_.spare ? workers : 0), shape_.buffer_bytes),
      read_backs_(shape_.read_back_bytes != 0 ? read_backs : 0, shape_.read_back_bytes),
      spares_(workers) {
  if (shape_.spare)
    for (unsigned i = 0; i < workers; ++i) spares_[i] = buffers_[blocks + i];
  for (unsigned i = 0; i < blocks; ++i) {
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
}

}  // namespace tintype
