// UTF-16LE, as Windows' formats keep their names.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tintype {
// As UTF-8. A surrogate without its partner becomes U+FFFD.
[[nodiscard]] std::string utf8_from_utf16(std::span<const std::byte> utf16);
}  // namespace tintype
