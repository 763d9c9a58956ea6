// Memory in huge pages, for direct I/O: a device takes a request in as many pieces as its memory
// has physically contiguous ranges, and limits their number. A buffer of 1 MiB in scattered 4 KiB
// pages is 256 of them, more than a virtio disk takes at once (254): each request became two.
#pragma once

#include <cstddef>
#include <span>

namespace tintype {

inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

// A wish, before the memory is first touched; where the system has none to give, nothing changes.
void prefer_huge_pages(std::span<std::byte> memory) noexcept;

}  // namespace tintype
