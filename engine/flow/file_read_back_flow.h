// Reading back the files that a job wrote: each part of each file is read, directly where the
// medium allows it, and its digest compared with that of the bytes that were meant.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/flow/written_files.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

class FileReadBackFlow final : public BlockFlow {
 public:
  // What was written is synced. `files` outlives the flow.
  FileReadBackFlow(std::vector<WrittenPart> parts, WrittenFiles& files);

  [[nodiscard]] std::uint64_t total_bytes() const noexcept;
  [[nodiscard]] bool all_direct() const noexcept { return all_direct_; }  // after the pass

  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;

 private:
  WrittenFiles& files_;
  std::vector<WrittenPart> parts_;  // by file, then by place
  std::size_t next_part_ = 0;
  // From the first part that is planned to the last that is placed, so no more than there are
  // blocks.
  std::map<std::size_t, File> open_;
  bool all_direct_ = true;
};

}  // namespace tintype
