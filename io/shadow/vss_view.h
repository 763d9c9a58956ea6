// The stores of a shadow copy and of all newer ones, joined: where each part of the copy lies on
// the volume. Reads metadata only; independent of how the data are read.
#pragma once

#include <span>
#include <vector>

#include "io/shadow/shadow_copies.h"

namespace tintype {

struct VssRun {
  static constexpr std::uint64_t kZeros = ~std::uint64_t{0};

  std::uint64_t offset = 0;  // in the shadow copy, bytes
  std::uint64_t length = 0;
  std::uint64_t source = 0;  // on the volume; or kZeros
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
  bool operator==(const VssRun&) const = default;
};

// Everything of the copy copies[index] that is not on the volume at its own offset; sorted, apart,
// inside the copy, and with its sources inside the volume.
[[nodiscard]] Result<std::vector<VssRun>> read_vss_view(const Volume& volume,
                                                        std::span<const ShadowCopy> copies,
                                                        std::size_t index);

}  // namespace tintype
