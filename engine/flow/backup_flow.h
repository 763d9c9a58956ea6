// Backup: a block of the volume is read, its database pages verified, hashed and compressed while
// it is in cache, placed in the image, written, and read back from the medium.
#pragma once

#include <deque>
#include <functional>

#include "engine/flow/capture_plan.h"
#include "engine/flow/inline_checks.h"
#include "engine/image/chunk_sealer.h"
#include "engine/image/compression.h"
#include "engine/image/image_layout.h"
#include "engine/monitor/volume_map.h"
#include "engine/pipeline/block_flow.h"

namespace tintype {

// Automatic compression spends processor time only while there is some to spare.
[[nodiscard]] bool is_time_to_compress(const Pressure& pressure) noexcept;

class BackupFlow final : public BlockFlow {
 public:
  struct Options {
    Compression compression = Compression::automatic;
    bool stock = false;  // zero chunks become frames too
    bool read_back = true;
    VolumeMap* map = nullptr;  // is told which chunks are zeros; null: nobody wants to know
    // Where in a range the volume gave zeros for what it lost, once that was read: as unreadable as
    // a bad sector. Null: nowhere.
    std::function<ExtentList(Extent)> stand_ins = {};
    // The layout's geometry has its seal_bytes().
    const ChunkSealer& sealer = kNoSealer;
  };

  // Everything outlives the flow. `image` is open for writing and reading; `plan` lists every chunk
  // if `options.stock`.
  BackupFlow(const Volume& volume, CapturePlan& plan, InlineChecks& checks, ImageLayout& layout,
             const File& image, Options options);

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

  // After the pass: the volume's end, if nothing is captured there. Holds: every byte was seen.
  void end_volume();
  // Then: writes index and footer, and reads back what the pass could not (the last chunk's tail
  // shares its 4 KiB with the index). The image is complete.
  [[nodiscard]] Result<void> finish(ImageEpilogue epilogue);

  [[nodiscard]] const ExtentList& unreadable() const noexcept { return unreadable_; }
  [[nodiscard]] std::uint64_t zero_bytes() const noexcept { return zero_bytes_; }

 private:
  void merge_gap(Extent gap);
  void reserve(std::uint64_t end);

  struct Region {
    std::uint64_t end = 0;  // in the image
    bool written = false;
  };

  const Volume& volume_;
  CapturePlan& plan_;
  InlineChecks& checks_;
  ImageLayout& layout_;
  const File& image_;
  const Options options_;

  Extent last_gap_;
  std::deque<Region> regions_;        // placed, oldest first; written ones leave from the front
  std::uint64_t first_region_ = 0;    // number of regions_.front()
  std::uint64_t reserved_end_ = 0;    // space is reserved up to here
  std::uint64_t written_end_ = 0;     // the image is on the medium up to here
  std::size_t read_back_record_ = 0;  // next record to read back
  ExtentList unreadable_;
  std::uint64_t zero_bytes_ = 0;
};

}  // namespace tintype
