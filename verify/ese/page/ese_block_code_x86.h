// The x86-64 tiers of the ESE block code, for the table in ese_block_code.cc only.
#pragma once

#if defined(__x86_64__)

#include "verify/ese/page/ese_block_code.h"

namespace tintype::detail {

[[nodiscard]] bool avx512_usable() noexcept;
[[nodiscard]] bool avx2_usable() noexcept;
[[nodiscard]] EseBlockCode ese_block_code_avx512(const std::byte* data, std::size_t size) noexcept;
[[nodiscard]] EseBlockCode ese_block_code_avx2(const std::byte* data, std::size_t size) noexcept;

}  // namespace tintype::detail

#endif
