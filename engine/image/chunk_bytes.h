// How large chunks are: a power of two between these.
#pragma once

#include <cstdint>

namespace tintype {

inline constexpr std::uint32_t kChunkBytesMin = 64 << 10;
inline constexpr std::uint32_t kChunkBytesMax = 4 << 20;
inline constexpr std::uint32_t kChunkBytesDefault = 1 << 20;

}  // namespace tintype
