// Reads an image and trusts nothing in it: every offset and length is checked against the file and
// against its neighbours before it is used, every section against its digest.
#pragma once

#include <memory>

#include "engine/image/chunk_sealer.h"
#include "engine/image/image_layout.h"
#include "engine/image/read/chunk_source.h"
#include "engine/image/read/image_source.h"
#include "io/file/file.h"

namespace tintype {

enum class ChunkFault : std::uint8_t { none, stored_digest, seal, decode, plain_digest };
[[nodiscard]] std::string_view to_string(ChunkFault fault) noexcept;

// Whether a file is meant to be an image: it begins as one, or is called one.
[[nodiscard]] bool looks_like_image(const std::string& path);

class ImageReader {
 public:
  // Errors that are the image's own have the code std::errc::bad_message: not an image, unfinished
  // (no footer), truncated, newer format, damaged index; and, if the source says what the image
  // must be, not that one, or not there at all. Every other code is the environment's.
  [[nodiscard]] static Result<ImageReader> open(const ImageSource& source);

  [[nodiscard]] const ImageGeometry& geometry() const noexcept { return geometry_; }
  [[nodiscard]] const std::vector<ImageRecord>& records() const noexcept { return records_; }
  [[nodiscard]] const ImageEpilogue& epilogue() const noexcept { return epilogue_; }
  [[nodiscard]] Digest128 content_digest() const noexcept { return content_digest_; }
  // The one way to the stored bytes of a chunk.
  [[nodiscard]] const ChunkSource& chunks() const noexcept { return *chunks_; }
  [[nodiscard]] const ChunkSealer& sealer() const noexcept {
    return sealer_ ? *sealer_ : static_cast<const ChunkSealer&>(kNoSealer);
  }
  // The one way back from stored bytes: open_chunk() below, after the seal, which is taken off in
  // place.
  [[nodiscard]] ChunkFault open_chunk(const ImageRecord& record, std::span<std::byte> payload,
                                      std::span<std::byte> plain) const noexcept;
  // The image's own: what it is called, what the system says of it.
  [[nodiscard]] const File& file() const noexcept { return *file_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  // The bytes of the image between the payload before record i and its own: see
  // ImageLayout::expected_head.
  [[nodiscard]] std::vector<std::byte> expected_head(std::size_t i) const;

 private:
  [[nodiscard]] static Result<ImageReader> read(const ImageSource& source);

  std::shared_ptr<const File> file_;
  std::shared_ptr<const ChunkSource> chunks_;
  std::shared_ptr<const ChunkSealer> sealer_;
  ImageGeometry geometry_;
  std::vector<ImageRecord> records_;
  ImageEpilogue epilogue_;
  Digest128 content_digest_;
  std::uint64_t file_bytes_ = 0;
};

// Pure: checks and decodes one chunk's payload, which has no seal, into `plain` (record.plain_bytes
// long). A chunk
// stored plain is checked where it lies: `plain` may then be the payload itself, or empty for
// checking only. Never reads or writes outside the spans, whatever the payload says.
[[nodiscard]] ChunkFault open_chunk(const ImageRecord& record, std::span<const std::byte> payload,
                                    std::span<std::byte> plain) noexcept;

}  // namespace tintype
