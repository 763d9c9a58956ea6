// Reads a range of a file from front to back and digests what it gives out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/image/image_parse.h"
#include "io/aligned_buffer.h"

namespace tintype::image {

class TailStream {
 public:
  // Bytes `begin` to `end` of the file; `end` is not past the end of the file.
  TailStream(const std::string& name, const ReadAt& read, std::uint64_t begin, std::uint64_t end);

  // Fills `out`. Holds: out.size() <= left().
  [[nodiscard]] Result<void> take(std::span<std::byte> out);
  [[nodiscard]] Digest128 digest() const noexcept { return digest_.digest(); }  // of all taken

  [[nodiscard]] std::uint64_t left() const noexcept { return end_ - position_; }

 private:
  [[nodiscard]] Result<void> refill();

  const std::string& name_;
  const ReadAt& read_;
  std::uint64_t position_;
  std::uint64_t end_;
  AlignedBuffer buffer_;
  std::uint64_t buffer_begin_ = 0;  // in the file
  std::uint64_t buffer_end_ = 0;
  Xxh3Stream digest_;
};

}  // namespace tintype::image
