// A flow that moves blocks and does nothing else with them: what a device bench runs.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "engine/pipeline/block_flow.h"

namespace tintype {

class DeviceFlow final : public BlockFlow {
 public:
  struct Plan {
    const File* source = nullptr;        // null: nothing is read, the blocks are made up
    const File* target = nullptr;        // null: nothing is written
    std::span<const std::byte> pattern;  // of what is made up; at least a block
    std::uint32_t block_bytes = 0;
    std::uint64_t blocks = 0;  // from the start of both files
    bool random_order = false;
  };
  using Clock = std::chrono::steady_clock;
  explicit DeviceFlow(const Plan& plan);

  [[nodiscard]] FlowShape shape() const override { return {.buffer_bytes = plan_.block_bytes}; }
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;

  // When the first block was asked for: buffers are there, nothing is moved yet.
  [[nodiscard]] Clock::time_point started() const noexcept { return started_; }

 private:
  const Plan plan_;
  std::uint64_t next_ = 0;
  Clock::time_point started_;
  std::vector<std::uint64_t> order_;  // empty: ascending
};

}  // namespace tintype
