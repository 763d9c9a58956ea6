#include "io/buffer_pool.h"

#include <limits>
#include <new>
#include <utility>

#include "io/invariant.h"

namespace tintype {
namespace {

std::size_t whole_pages(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() - kPageBytes) throw std::bad_alloc();
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::size_t slab_bytes(std::size_t buffers, std::size_t buffer_bytes) {
  if (buffer_bytes != 0 && buffers > std::numeric_limits<std::size_t>::max() / buffer_bytes)
    throw std::bad_alloc();
  return buffers * buffer_bytes;
}

}  // namespace

BufferPool::BufferPool(std::size_t buffers, std::size_t buffer_bytes)
    : buffers_(buffers),
      buffer_bytes_(whole_pages(buffer_bytes)),
      slab_(slab_bytes(buffers_, buffer_bytes_)) {
  free_.reserve(buffers_);  // so that a release never allocates
  for (std::size_t i = buffers_; i-- > 0;) free_.push_back(slab_.data() + i * buffer_bytes_);
}

BufferPool::~BufferPool() {
  invariant(free_.size() == buffers_, "a buffer pool is gone before its leases");
}

// Last in, first out: the buffer that came home last is the one still in the cache.
std::optional<BufferPool::Lease> BufferPool::try_take() noexcept {
  if (free_.empty()) return std::nullopt;
  Lease lease;
  lease.pool_ = this;
  lease.bytes_ = {free_.back(), buffer_bytes_};
  free_.pop_back();
  return lease;
}

BufferPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}

BufferPool::Lease& BufferPool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

BufferPool::Lease::~Lease() {
  release();
}

void BufferPool::Lease::release() noexcept {
  if (pool_ == nullptr) return;
  pool_->free_.push_back(bytes_.data());
  pool_ = nullptr;
  bytes_ = {};
}

}  // namespace tintype
