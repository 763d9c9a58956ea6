#include "engine/flow/copy_flow.h"

#include "hashing/zero_block.h"
#include "io/aligned_buffer.h"
#include "io/extent_gaps.h"

namespace tintype {
namespace {

struct CopyBlock final : Block {
  CapturePlan::Chunk chunk;
  ExtentList unreadable_extents;
  ExtentList left_out;  // of the checks: what could not be read, what is not captured
  InlineChecks::Scans scans;
  Digest128 digest;
  bool zero = false;
};

}  // namespace

CopyFlow::CopyFlow(const Volume& volume, CapturePlan& plan, InlineChecks& checks,
                   TargetWriter* target, VolumeMap* map)
    : volume_(volume), plan_(plan), checks_(checks), target_(target), map_(map) {}

FlowShape CopyFlow::shape() const {
  const std::size_t buffer_bytes = plan_.chunk_bytes() + kPageBytes;  // slack for whole sectors
  return {.buffer_bytes = buffer_bytes,
          .read_back_bytes = target_ != nullptr && target_->reads_back() ? buffer_bytes : 0,
          .writes = target_ != nullptr};
}

std::unique_ptr<Block> CopyFlow::make_block() const {
  return std::make_unique<CopyBlock>();
}

std::unique_ptr<Block> CopyFlow::make_read_back_block() const {
  return target_->make_read_back_block();
}

bool CopyFlow::next(Block& any) {
  auto& block = static_cast<CopyBlock&>(any);
  if (!plan_.next(block.chunk)) {
    last_gap_ = block.chunk.gap;
    return false;
  }
  plan_reads(volume_, block.chunk, 0, block);
  return true;
}

void CopyFlow::before_process(Block& any, const Pressure&) {
  auto& block = static_cast<CopyBlock&>(any);
  block.unreadable_extents = unreadable_extents(block, 0, block.chunk);
  block.left_out = joined(block.unreadable_extents, block.chunk.missing);
}

void CopyFlow::process(Block& any) const noexcept {
  auto& block = static_cast<CopyBlock&>(any);
  const auto plain = block.buffer.first(block.chunk.range.length);
  zero_rest(block.chunk, plain);
  checks_.scan(block.chunk.range, plain, block.left_out, block.scans);
  if (target_ == nullptr) return;
  block.zero = is_zero(plain);
  if (!block.zero) block.digest = xxh3_128(plain);
}

Result<void> CopyFlow::place(Block& any) {
  auto& block = static_cast<CopyBlock&>(any);
  const CapturePlan::Chunk& chunk = block.chunk;
  merge_gap(chunk.gap);
  checks_.merge_missing(chunk.missing);
  checks_.merge(block.scans);
  checks_.merge_unreadable(block.unreadable_extents);
  unreadable_.insert(unreadable_.end(), block.unreadable_extents.begin(),
                     block.unreadable_extents.end());
  if (target_ == nullptr) return {};
  TINTYPE_CHECK(target_->zero(chunk.gap));
  if (block.zero) {
    zero_bytes_ += total_bytes(chunk.data);
    // What could not be read is none, though zeros stand for it.
    if (map_ != nullptr && block.unreadable_extents.empty()) map_->add_zeros(chunk.data);
    return target_->zero(chunk.range);
  }
  content_.add(chunk.range.offset, chunk.range.length, block.digest);
  block.write = target_->write(chunk.range, block.buffer);
  return {};
}

// As of a backup: zeros, of which only what is captured is judged.
void CopyFlow::merge_gap(Extent gap) {
  const ExtentList missing = checks_.empty() ? ExtentList() : missing_in(plan_.captured(), gap);
  checks_.merge_zeros(gap, missing);
  checks_.merge_missing(missing);
}

void CopyFlow::retire(Block& any) {
  const auto& block = static_cast<const CopyBlock&>(any);
  if (block.write.file != nullptr) target_->written(block.chunk.range, block.digest);
}

bool CopyFlow::next_read_back(Block& block) {
  return target_ != nullptr && target_->next_read_back(block);
}

void CopyFlow::process_read_back(Block& block) const noexcept {
  TargetWriter::process_read_back(block);
}

Result<void> CopyFlow::finish_read_back(Block& block) {
  return target_->finish_read_back(block);
}

Result<void> CopyFlow::finish() {
  merge_gap(last_gap_);
  if (target_ != nullptr) return target_->zero(last_gap_);
  return {};
}

}  // namespace tintype
