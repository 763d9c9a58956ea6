// What is wrong with a chunk of an image.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/extent.h"

namespace tintype {

enum class ImageFaultKind : std::uint8_t {
  head,
  stored_digest,
  seal,
  decode,
  plain_digest,
  unreadable
};
[[nodiscard]] std::string_view to_string(ImageFaultKind kind) noexcept;

struct ImageFault {
  ImageFaultKind kind{};
  Extent volume_range;  // what a restore would get wrong
  std::uint64_t image_offset = 0;
};

}  // namespace tintype
