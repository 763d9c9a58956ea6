// Verify and restore: a chunk of an image is read, its bytes compared with their digests, unpacked,
// its database pages verified if asked, and, for a restore, written to its place.
#pragma once

#include "engine/flow/inline_checks.h"
#include "engine/flow/target_writer.h"
#include "engine/image/read/image_fault.h"
#include "engine/image/read/image_part.h"

namespace tintype {

class ImageFlow final : public BlockFlow {
 public:
  struct Options {
    bool decode = true;              // else only the stored bytes are compared
    bool faults_are_errors = false;  // restore: the first damaged chunk ends the pass
    // By record: which chunks there are to be read. Null: all of the part's.
    const std::vector<bool>* only = nullptr;
  };

  // Everything outlives the flow. `target` is null for a verify.
  ImageFlow(const ImagePart& part, InlineChecks& checks, TargetWriter* target, Options options);

  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] std::unique_ptr<Block> make_read_back_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  [[nodiscard]] bool salvages_reads() const override { return !options_.faults_are_errors; }
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;
  void retire(Block& block) override;
  [[nodiscard]] bool next_read_back(Block& block) override;
  void process_read_back(Block& block) const noexcept override;
  [[nodiscard]] Result<void> finish_read_back(Block& block) override;

  // After the pass: runs behind the last chunk.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] const std::vector<ImageFault>& faults() const noexcept { return faults_; }

 private:
  [[nodiscard]] bool is_wanted(std::size_t record) const;
  void merge_run(Extent range);
  Result<void> place_runs(std::size_t up_to_record);

  const ImagePart& part_;
  const ImageReader& image_;
  InlineChecks& checks_;
  TargetWriter* target_;
  const Options options_;
  std::size_t next_record_ = 0;    // to be read
  std::size_t placed_record_ = 0;  // to be placed
  std::vector<ImageFault> faults_;
};

}  // namespace tintype
