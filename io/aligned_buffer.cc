#include "io/aligned_buffer.h"

#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "io/huge_pages.h"

namespace tintype {
namespace {

// Large buffers start where a huge page can: see io/huge_pages.h.
std::align_val_t alignment_of(std::size_t bytes) noexcept {
  return std::align_val_t{bytes >= kHugePageBytes ? kHugePageBytes : kPageBytes};
}

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() - kPageBytes) throw std::bad_alloc();
  size_ = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (size_ == 0) return;
  data_ = static_cast<std::byte*>(::operator new(size_, alignment_of(size_)));
  if (size_ >= kHugePageBytes) prefer_huge_pages({data_, size_});
  // Zeroed also so that the pages are really there: memory is taken at start, not in mid-copy.
  std::memset(data_, 0, size_);
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  AlignedBuffer taken(std::move(other));  // also makes moving onto itself harmless
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (data_ != nullptr) ::operator delete(data_, alignment_of(size_));
}

}  // namespace tintype
