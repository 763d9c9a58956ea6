// Makes one chunk smaller, or says that it is not worth it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tintype {

// Compresses `plain` (at most 4 MiB) into the beginning of `out` as one LZ4 block and returns its
// length. Returns 0 if that would save less than 1/32 (3 %): the chunk is then stored plain, `out`
// holds rubbish. `out` is at least as long as `plain` and does not overlap it.
//
// The answer depends on the bytes of `plain` and on nothing else: not on the thread, on what it
// compressed before, or on the length of `out`. No memory is allocated.
[[nodiscard]] std::uint32_t compress_chunk(std::span<const std::byte> plain,
                                           std::span<std::byte> out) noexcept;

}  // namespace tintype
