// Is this block all zero?
#pragma once

#include <cstddef>
#include <span>

namespace tintype {

// True if every byte is zero (and for an empty span). Data blocks are told from zeros by their
// first bytes, so the cost falls on blocks that really are zero.
[[nodiscard]] bool is_zero(std::span<const std::byte> bytes) noexcept;

}  // namespace tintype
