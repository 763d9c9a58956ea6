#include <sys/mman.h>

#include "io/huge_pages.h"

namespace tintype {

void prefer_huge_pages(std::span<std::byte> memory) noexcept {
  static_cast<void>(::madvise(memory.data(), memory.size(), MADV_HUGEPAGE));
}

}  // namespace tintype
