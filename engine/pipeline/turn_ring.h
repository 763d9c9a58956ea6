// Blocks that are computed, in any order, and go on in sequence.
#pragma once

#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/pipeline/block.h"

namespace tintype {

class TurnRing {
 public:
  // Sequence numbers count from 0 without a gap, and those in use lie within `blocks` of one
  // another: then a ring finds the next one.
  explicit TurnRing(std::size_t blocks) : waiting_(blocks, nullptr) {}

  void put(Block& block) noexcept {
    Block*& place = waiting_[block.sequence % waiting_.size()];
    assert(place == nullptr);
    place = &block;
  }
  // Whether the block whose turn it is has come.
  [[nodiscard]] bool ready() const noexcept { return waiting_[next_ % waiting_.size()] != nullptr; }
  // Only if it has.
  [[nodiscard]] Block& take() noexcept {
    return *std::exchange(waiting_[next_++ % waiting_.size()], nullptr);
  }

 private:
  std::vector<Block*> waiting_;
  std::uint64_t next_ = 0;
};

}  // namespace tintype
