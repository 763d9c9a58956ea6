// Compare: a target that may hold an image's volume already is read, and each chunk compared with
// the digest in the image's index: nothing of the image is read or unpacked. Writes nothing.
//
// What of the target is a hole is known to be zeros and is not read. What cannot be read differs:
// it will be written, and a disk then puts another sector in its place.
#pragma once

#include <vector>

#include "engine/image/read/image_part.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

class CompareFlow final : public BlockFlow {
 public:
  struct Target {
    const File* file = nullptr;
    ExtentList data;  // what of it is no hole
    // Where it is to end. Behind the part everything has to be zeros up to here.
    std::uint64_t end = 0;
  };
  struct Difference {
    std::vector<bool> chunks;       // by record of the image: to be written
    ExtentList data;                // where these go
    ExtentList zeros;               // ranges of the target that have to become zeros
    std::uint64_t equal_bytes = 0;  // data that is there already; zeros are not counted
  };

  // Everything outlives the flow.
  CompareFlow(const ImagePart& part, const Target& target);

  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  [[nodiscard]] bool salvages_reads() const override { return true; }
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;

  // How much next() is going to plan to read, at most: for progress.
  [[nodiscard]] std::uint64_t bytes_to_read() const noexcept;
  // After the pass.
  [[nodiscard]] Difference take_difference();

 private:
  struct Piece {
    std::size_t record = kNoRecord;  // of a chunk; kNoRecord: zeros are wanted
    Extent range;
  };
  static constexpr std::size_t kNoRecord = static_cast<std::size_t>(-1);
  [[nodiscard]] bool next_piece(Piece& piece);
  void begin_zeros(Extent range);

  const ImagePart& part_;
  const Target& target_;
  std::size_t next_record_ = 0;
  bool tail_begun_ = false;
  ExtentList zeros_ahead_;  // data of the target where zeros are wanted; of one run, last first
  Difference difference_;
};

}  // namespace tintype
