#include "engine/bench/device_flow.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include <utility>

#include "io/aligned_buffer.h"

namespace tintype {
namespace {

struct DeviceBlock final : Block {
  std::uint64_t offset = 0;
  bool filled = false;
};

}  // namespace

DeviceFlow::DeviceFlow(const Plan& plan) : plan_(plan) {
  if (!plan.random_order) return;
  order_.resize(plan.blocks);
  std::iota(order_.begin(), order_.end(), std::uint64_t{0});
  std::shuffle(order_.begin(), order_.end(), std::mt19937_64(plan.blocks));
}

std::unique_ptr<Block> DeviceFlow::make_block() const {
  return std::make_unique<DeviceBlock>();
}

bool DeviceFlow::next(Block& any) {
  auto& block = static_cast<DeviceBlock&>(any);
  if (next_ == 0) started_ = Clock::now();
  if (next_ == plan_.blocks) return false;
  block.offset = (order_.empty() ? next_ : order_[next_]) * plan_.block_bytes;
  ++next_;
  if (plan_.source != nullptr) block.reads = {{plan_.source, block.offset, 0, plan_.block_bytes}};
  return true;
}

// No two blocks are alike, nor any pages of one: a disk that looks for that gains nothing.
void DeviceFlow::process(Block& any) const noexcept {
  auto& block = static_cast<DeviceBlock&>(any);
  if (plan_.source != nullptr || plan_.target == nullptr) return;
  if (!std::exchange(block.filled, true))
    std::memcpy(block.buffer.data(), plan_.pattern.data(), plan_.block_bytes);
  for (std::size_t at = 0; at < plan_.block_bytes; at += kPageBytes) {
    const std::uint64_t stamp = block.offset + at;
    std::memcpy(block.buffer.data() + at, &stamp, sizeof stamp);
  }
}

Result<void> DeviceFlow::place(Block& any) {
  auto& block = static_cast<DeviceBlock&>(any);
  if (plan_.target != nullptr)
    block.write = {plan_.target, block.offset, block.buffer.first(plan_.block_bytes)};
  return {};
}

}  // namespace tintype
