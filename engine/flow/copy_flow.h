// Copy: a block of the volume is read, verified, hashed, and written to the same offset of the
// target; what was written is read back.
#pragma once

#include "engine/flow/capture_plan.h"
#include "engine/flow/inline_checks.h"
#include "engine/flow/target_writer.h"
#include "engine/image/content_digest.h"
#include "engine/monitor/volume_map.h"

namespace tintype {

class CopyFlow final : public BlockFlow {
 public:
  // Everything outlives the flow. No target: the volume is only read and checked. A map is told
  // which chunks are zeros.
  CopyFlow(const Volume& volume, CapturePlan& plan, InlineChecks& checks, TargetWriter* target,
           VolumeMap* map = nullptr);

  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] std::unique_ptr<Block> make_read_back_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  [[nodiscard]] bool salvages_reads() const override { return true; }
  void before_process(Block& block, const Pressure& pressure) override;
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;
  void retire(Block& block) override;
  [[nodiscard]] bool next_read_back(Block& block) override;
  void process_read_back(Block& block) const noexcept override;
  [[nodiscard]] Result<void> finish_read_back(Block& block) override;

  // After the pass: the volume's end, if nothing is captured there.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const ExtentList& unreadable() const noexcept { return unreadable_; }
  [[nodiscard]] std::uint64_t zero_bytes() const noexcept { return zero_bytes_; }
  [[nodiscard]] Digest128 content_digest() const { return content_.digest(); }

 private:
  void merge_gap(Extent gap);

  const Volume& volume_;
  CapturePlan& plan_;
  InlineChecks& checks_;
  TargetWriter* target_;
  VolumeMap* map_;
  Extent last_gap_;
  ExtentList unreadable_;
  std::uint64_t zero_bytes_ = 0;
  ContentDigest content_;
};

}  // namespace tintype
