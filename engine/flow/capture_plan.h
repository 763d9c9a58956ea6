// Which chunks of a volume hold something to read, in volume order.
#pragma once

#include "engine/pipeline/block.h"
#include "io/volume/volume.h"

namespace tintype {

class CapturePlan {
 public:
  struct Chunk {
    Extent range;              // of the volume; the last one may be shorter than the chunk size
    std::vector<Extent> data;  // parts to keep, absolute, sorted; everything else is zeros
    Extent gap;                // what lies between the chunk before and this one: zeros
    ExtentList missing;        // parts that are not captured, whatever the source has there
  };

  // `captured`: what to keep of the volume. `data`: where bytes may be other than zero.
  // Both normalized. With `every_chunk`, chunks without data are listed too and there are no gaps.
  CapturePlan(std::uint64_t volume_bytes, std::uint32_t chunk_bytes, ExtentList captured,
              const ExtentList& data, bool every_chunk = false);

  // False at the end; `chunk.gap` then is what is left up to the volume's end.
  [[nodiscard]] bool next(Chunk& chunk);

  [[nodiscard]] std::uint64_t volume_bytes() const noexcept { return volume_bytes_; }
  [[nodiscard]] std::uint32_t chunk_bytes() const noexcept { return chunk_bytes_; }
  [[nodiscard]] const ExtentList& captured() const noexcept { return captured_; }
  [[nodiscard]] std::uint64_t data_bytes() const noexcept { return total_bytes(data_); }

 private:
  std::uint64_t volume_bytes_;
  std::uint32_t chunk_bytes_;
  bool every_chunk_;
  ExtentList captured_;
  ExtentList data_;         // captured and not a hole
  std::size_t extent_ = 0;  // first extent that ends behind position_
  std::uint64_t position_ = 0;
};

// What of a range is not captured: it is zeros in the copy, whatever the source has there, and no
// check may judge it.
[[nodiscard]] ExtentList missing_in(const ExtentList& captured, Extent range);
// Plans the reads of a chunk into `block`'s buffer, the chunk's first byte at
// `buffer_offset`. Near parts are read in one request, together with what lies between them.
void plan_reads(const Volume& volume, const CapturePlan::Chunk& chunk, std::uint32_t buffer_offset,
                Block& block);
// Zeroes what the reads did not fill or should not have: everything of the chunk but its data.
void zero_rest(const CapturePlan::Chunk& chunk, std::span<std::byte> bytes) noexcept;
// The holes of a block as extents of the volume.
[[nodiscard]] ExtentList unreadable_extents(const Block& block, std::uint32_t buffer_offset,
                                            const CapturePlan::Chunk& chunk);

}  // namespace tintype
