// The end of an image, from the last payload to the footer, made piece by piece: however long the
// index is, only one batch of it exists as bytes at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/image/image_format.h"
#include "engine/image/image_layout.h"
#include "engine/image/record_chain.h"

namespace tintype::image {

class ImageTail {
 public:
  // `records` outlives this. `carry` is what is left of the last payload: it belongs at
  // `region_offset`, a multiple of 4 KiB, and the tail follows it. Holds: chain.complete().
  ImageTail(const ImageGeometry& geometry, const std::vector<ImageRecord>& records,
            const RecordChain& chain, ImageEpilogue epilogue, std::uint64_t region_offset,
            std::span<const std::byte> carry);

  // See ImageLayout::next_piece.
  bool next_piece(std::span<std::byte> piece, ImageLayout::Region& region);

  // Offset of the next region; in the end the size of the file.
  [[nodiscard]] std::uint64_t region_offset() const noexcept { return region_offset_; }

 private:
  bool refill();  // the next batch; false if there is none
  void add_opening();
  void add_section_batch();
  void add_padding();
  void add_footer();
  void add_section_data(std::uint64_t from, std::size_t bytes);
  template <class T>
  void add(const T& frame);
  [[nodiscard]] std::uint64_t section_bytes() const noexcept;

  enum class Step : std::uint8_t { opening, sections, padding, footer, end };

  const ImageGeometry geometry_;
  const std::vector<ImageRecord>& records_;
  const ImageEpilogue epilogue_;
  std::uint64_t region_offset_;
  std::uint64_t position_;  // in the file, of the byte after the batch
  std::vector<std::byte> batch_;
  std::size_t batch_used_ = 0;
  Step step_ = Step::opening;
  std::size_t section_ = 0;
  std::uint64_t section_done_ = 0;  // bytes of the section already in batches
  Xxh3Stream digest_;
  FooterFrame footer_{};
};

// A section is made and read in batches. One divides a section frame's data and is divided by every
// kind of entry, so batches straddle neither.
inline constexpr std::size_t kSectionBatchBytes = kSectionFrameDataBytesMax / 16;
static_assert(kSectionBatchBytes % sizeof(IndexEntry) == 0 &&
              kSectionBatchBytes % sizeof(ExtentEntry) == 0);

// Head of a section frame, if `left_bytes` of the section (or padding) are still to come.
[[nodiscard]] SectionFrame make_section_frame(const FourCc& kind, std::uint64_t part,
                                              std::uint64_t left_bytes) noexcept;

// Length of the "PADD" frame, head included, that stands at `position` and puts the footer's end
// at a multiple of 4 KiB.
[[nodiscard]] std::uint64_t padding_frame_bytes(std::uint64_t position) noexcept;

}  // namespace tintype::image
