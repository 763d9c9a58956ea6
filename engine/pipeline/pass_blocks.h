// The blocks of an overlapped pass, and those of them that are free. Memory is fixed at start: a
// buffer for each block, and a spare one for each worker if the flow asks for it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/pipeline/block_flow.h"
#include "io/buffer_slab.h"

namespace tintype {

class PassBlocks {
 public:
  // `blocks` that go from reading to writing, and `read_backs` of the read-back lane, if the flow
  // has one. Throws std::bad_alloc.
  PassBlocks(const BlockFlow& flow, unsigned blocks, unsigned read_backs, unsigned workers);

  // Null if there is none. It stays free until it is taken.
  [[nodiscard]] Block* free_block() const noexcept { return last_of(free_); }
  [[nodiscard]] Block* free_read_back() const noexcept { return last_of(read_back_free_); }
  // What one of these two gave.
  void take(Block& block) noexcept { list_of(block).pop_back(); }
  void give_back(Block& block) { list_of(block).push_back(&block); }

  [[nodiscard]] unsigned reading_back() const noexcept {
    return static_cast<unsigned>(read_backs_.buffers() - read_back_free_.size());
  }
  // The spare buffers, one for each worker; empty if the flow asks for none.
  [[nodiscard]] const std::vector<std::span<std::byte>>& spares() const noexcept { return spares_; }
  // All that blocks are read into, read-back lane not counted: to register with the queue.
  [[nodiscard]] std::span<std::byte> memory() const noexcept { return buffers_.bytes(); }

 private:
  using FreeList = std::vector<Block*>;
  static Block* last_of(const FreeList& list) noexcept {
    return list.empty() ? nullptr : list.back();
  }
  FreeList& list_of(const Block& block) noexcept {
    return block.read_back ? read_back_free_ : free_;
  }

  const FlowShape shape_;
  BufferSlab buffers_, read_backs_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::span<std::byte>> spares_;
  FreeList free_, read_back_free_;
};

}  // namespace tintype
