#include "io/buffer_slab.h"

#include <limits>
#include <new>

#include "io/invariant.h"

namespace tintype {
namespace {

constexpr std::size_t kMaxBytes = std::numeric_limits<std::size_t>::max();

std::size_t whole_pages(std::size_t bytes) {
  if (bytes > kMaxBytes - kPageBytes) throw std::bad_alloc();
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::size_t product(std::size_t buffers, std::size_t buffer_bytes) {
  if (buffer_bytes != 0 && buffers > kMaxBytes / buffer_bytes) throw std::bad_alloc();
  return buffers * buffer_bytes;
}

}  // namespace

BufferSlab::BufferSlab(std::size_t buffers, std::size_t buffer_bytes)
    : buffers_(buffers),
      buffer_bytes_(whole_pages(buffer_bytes)),
      memory_(product(buffers_, buffer_bytes_)) {}

std::span<std::byte> BufferSlab::operator[](std::size_t buffer) const noexcept {
  invariant(buffer < buffers_, "a buffer slab has no such buffer");
  return memory_.bytes().subspan(buffer * buffer_bytes_, buffer_bytes_);
}

}  // namespace tintype
