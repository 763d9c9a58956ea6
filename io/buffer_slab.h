// A fixed number of equal buffers cut from one allocation, so that memory in flight is a sum known
// at start and all of it can be registered with the queue once.
#pragma once

#include <cstddef>
#include <span>

#include "io/aligned_buffer.h"

namespace tintype {

class BufferSlab {
 public:
  // `buffer_bytes` is rounded up to kPageBytes. Throws std::bad_alloc.
  BufferSlab(std::size_t buffers, std::size_t buffer_bytes);

  [[nodiscard]] std::size_t buffers() const noexcept { return buffers_; }
  [[nodiscard]] std::span<std::byte> operator[](std::size_t buffer) const noexcept;  // < buffers()
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return memory_.bytes(); }

 private:
  std::size_t buffers_;
  std::size_t buffer_bytes_;
  AlignedBuffer memory_;
};

}  // namespace tintype
