// A fixed number of equal buffers cut from one slab, so that memory in flight is a sum known at
// start and the whole slab can be registered with the queue once.
//
// One thread owns the pool (the conductor). A Lease is move-only and goes home on scope exit.
#pragma once

#include <optional>
#include <vector>

#include "io/aligned_buffer.h"

namespace tintype {

class BufferPool {
 public:
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
    [[nodiscard]] explicit operator bool() const noexcept { return pool_ != nullptr; }
    void release() noexcept;  // goes home now

   private:
    friend class BufferPool;
    BufferPool* pool_ = nullptr;
    std::span<std::byte> bytes_;
  };

  // `buffer_bytes` is rounded up to kPageBytes.
  BufferPool(std::size_t buffers, std::size_t buffer_bytes);
  ~BufferPool();  // every lease has gone home, or it aborts
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  [[nodiscard]] std::optional<Lease> try_take() noexcept;
  [[nodiscard]] std::size_t free_buffers() const noexcept { return free_.size(); }
  [[nodiscard]] std::size_t buffers() const noexcept { return buffers_; }
  [[nodiscard]] std::span<std::byte> slab() const noexcept { return slab_.bytes(); }

 private:
  std::size_t buffers_;
  std::size_t buffer_bytes_;
  AlignedBuffer slab_;
  std::vector<std::byte*> free_;
};

}  // namespace tintype
