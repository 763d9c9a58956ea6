// Writes what stands between the payloads of an image. Everything here follows from the geometry
// and the records, so the writer, the read-back and a later verification produce the same bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/image/image_format.h"
#include "engine/image/image_layout.h"

namespace tintype::image {

[[nodiscard]] HeaderFrame make_header(const ImageGeometry& geometry) noexcept;
[[nodiscard]] IndexEntry make_index_entry(const ImageRecord& record) noexcept;
[[nodiscard]] ImageRecord record_of(const IndexEntry& entry) noexcept;

// A place between two payloads.
struct Gap {
  std::uint64_t begin = 0;           // end of the payload before; 0: there is none
  const ImageRecord* run = nullptr;  // the run of zeros in between, if there is one
};

// How every gap begins: EndMark, or the header at the file's start; then the run's record.
inline constexpr std::size_t kOpeningBytesMax = sizeof(HeaderFrame) + sizeof(RecordFrame);
// Returns the number of bytes written into `out`.
std::size_t write_opening(const ImageGeometry& geometry, const Gap& gap,
                          std::span<std::byte> out) noexcept;

// All of the gap before a chunk's payload: opening, record, padding, LZ4 frame head. `out` is
// chunk.payload_offset - gap.begin bytes long.
void write_head(const ImageGeometry& geometry, const Gap& gap, const ImageRecord& chunk,
                std::span<std::byte> out) noexcept;

// write_head for records[i]: see ImageLayout::expected_head. Aborts if it is a run or not there.
[[nodiscard]] std::vector<std::byte> head_before(const ImageGeometry& geometry,
                                                 std::span<const ImageRecord> records,
                                                 std::size_t i);

}  // namespace tintype::image
