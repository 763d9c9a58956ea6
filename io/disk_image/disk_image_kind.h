// Which format a disk image file has, by what is in it. A name says nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "io/file/file.h"

namespace tintype {

enum class DiskImageKind : std::uint8_t { none, qcow2, vhd, vhdx, vmdk, vmdk_descriptor };
[[nodiscard]] std::string_view to_string(DiskImageKind kind) noexcept;  // "qcow2", "VHD", "VMDK"…

inline constexpr std::size_t kImageEndBytes = 512;

// The file's first and last kImageEndBytes; of a smaller one all of it, twice.
struct ImageEnds {
  std::vector<std::byte> head, tail;
};
[[nodiscard]] Result<ImageEnds> read_image_ends(const File& file);

// `head`, `tail`: as in ImageEnds.
//
// A VHD of fixed size is the disk, and a footer behind it: whatever ends in a sound footer for
// exactly the bytes before it is one, though it begins like any raw disk.
[[nodiscard]] DiskImageKind disk_image_kind(std::span<const std::byte> head,
                                            std::span<const std::byte> tail,
                                            std::uint64_t file_bytes) noexcept;
[[nodiscard]] Result<DiskImageKind> disk_image_kind(const File& file);

}  // namespace tintype
