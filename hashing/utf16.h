// Names in NTFS and in ESE headers are UTF-16LE; everything of ours is UTF-8.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tintype {

// Half a surrogate pair becomes U+FFFD, and an odd last byte is left out.
[[nodiscard]] std::string utf8_from_utf16(std::span<const std::byte> utf16);

}  // namespace tintype
