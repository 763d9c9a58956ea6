// Memory between two pages that may not be touched: a kernel that reads one byte too many, on
// either side, dies at once.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <span>

namespace tintype::test {

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t bytes_max) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    inner_bytes_ = (bytes_max + page - 1) / page * page;
    mapped_bytes_ = inner_bytes_ + 2 * page;
    void* memory = ::mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    mapped_ = static_cast<std::byte*>(memory);
    inner_ = mapped_ + page;
    if (::mprotect(inner_, inner_bytes_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  }
  ~GuardedBuffer() { ::munmap(mapped_, mapped_bytes_); }
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  // `bytes` that begin right behind the lower guard, or end right before the upper one.
  [[nodiscard]] std::span<std::byte> at_start(std::size_t bytes) const { return {inner_, bytes}; }
  [[nodiscard]] std::span<std::byte> at_end(std::size_t bytes) const {
    return {inner_ + inner_bytes_ - bytes, bytes};
  }

 private:
  std::byte* mapped_ = nullptr;
  std::byte* inner_ = nullptr;
  std::size_t inner_bytes_ = 0;
  std::size_t mapped_bytes_ = 0;
};

}  // namespace tintype::test
