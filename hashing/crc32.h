// CRC-32 as gzip, GPT and many others have it (reflected, polynomial 0xEDB88320). For metadata of a
// few kilobytes: a table lookup a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tintype {
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;
}  // namespace tintype
