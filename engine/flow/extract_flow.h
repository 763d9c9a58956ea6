// Extraction: the chunks of an image that hold parts of files are read in image order, each once,
// compared with their digests, unpacked, checked in-line, and their parts written to the files.
#pragma once

#include <string_view>
#include <vector>

#include "engine/flow/file_writer.h"
#include "engine/flow/inline_checks.h"
#include "engine/image/read/image_reader.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

class ExtractFlow final : public BlockFlow {
 public:
  // A part of a file that lies on the volume in one piece. No two share a byte of the volume.
  struct Piece {
    std::uint64_t volume_offset = 0;
    std::uint64_t length = 0;
    std::uint64_t file_offset = 0;
    std::size_t file = 0;  // of the writer
    [[nodiscard]] std::uint64_t volume_end() const noexcept { return volume_offset + length; }
  };
  // A part of a file that its damaged chunk did not give: it is zeros in the file.
  struct Fault {
    std::size_t file = 0;
    Extent file_range;
    ChunkPlace chunk;
    std::string_view why;
  };

  // Everything outlives the flow. Pieces in any order.
  ExtractFlow(const ImageReader& image, std::vector<Piece> pieces, InlineChecks& checks,
              FileWriter& writer);

  // What the pass will read of the image.
  [[nodiscard]] std::uint64_t total_bytes() const;
  [[nodiscard]] FlowShape shape() const override;
  [[nodiscard]] std::unique_ptr<Block> make_block() const override;
  [[nodiscard]] bool next(Block& block) override;
  [[nodiscard]] bool salvages_reads() const override { return true; }
  void process(Block& block) const noexcept override;
  [[nodiscard]] Result<void> place(Block& block) override;
  void retire(Block& block) override;

  [[nodiscard]] const std::vector<Fault>& faults() const noexcept { return faults_; }

 private:
  // The walk over the records that pieces touch.
  struct Cursor {
    std::size_t piece = 0;       // first one that ends behind `position`
    std::uint64_t position = 0;  // on the volume
  };
  static constexpr std::size_t kNoRecord = static_cast<std::size_t>(-1);
  // The next record with a part of a piece in it; kNoRecord at the end.
  [[nodiscard]] std::size_t advance(Cursor& cursor) const;
  // Calls visit(piece, part of the volume) for what of the pieces lies in a range of the volume.
  void merge_run(Extent range);
  template <class Visit>
  void for_each_part(Extent range, Visit visit) const;

  const ImageReader& image_;
  std::vector<Piece> pieces_;  // by volume offset
  InlineChecks& checks_;
  FileWriter& writer_;
  Cursor cursor_;
  std::vector<Fault> faults_;
};

}  // namespace tintype
