// Disk images in formats that Tintype does not read, told by their content so that none is taken
// for a raw disk: its databases would be "none", and its copy one of the image instead of the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tintype {

struct ForeignImage {
  std::string_view name;  // "a VirtualBox disk (VDI)"
  std::string_view hint;  // how to get at what is in it
};

// As for disk_image_kind(). Null: it is none of these. Only marks that no filesystem and no
// partition table could have where they stand.
[[nodiscard]] const ForeignImage* foreign_image(std::span<const std::byte> head,
                                                std::span<const std::byte> tail) noexcept;

}  // namespace tintype
