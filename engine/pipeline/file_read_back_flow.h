// Reading back what an extraction wrote: each part of each file is read, directly where the medium
// allows it, and its digest compared with that of the bytes that were meant.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/pipeline/block_flow.h"
#include "engine/pipeline/file_writer.h"

namespace tintype {

class FileReadBackFlow final : public BlockFlow {
 public:
  // `writer` has finished, and what it wrote is synced. Both outlive the flow.
  FileReadBackFlow(const OutputTree& tree, FileWriter& writer);

  [[nodiscard]] std::uint64_t total_bytes() const noexcept;
  [[nodiscard]] bool all_direct() const noexcept { return all_direct_; }  // after the pass

  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;

 private:
  const OutputTree& tree_;
  const FileWriter& writer_;
  std::vector<FileWriter::Part> parts_;  // by file, then by place
  std::size_t next_part_ = 0;
  // By the writer's number: from the first part that is planned to the last that is placed, so no
  // more than there are blocks.
  std::map<std::size_t, File> open_;
  bool all_direct_ = true;
};

}  // namespace tintype
