// Which format a disk image file has, by what is in it. A name says nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "io/file.h"

namespace tintype {

enum class DiskImageKind : std::uint8_t { none, qcow2, vhd, vhdx, vmdk, vmdk_descriptor };
[[nodiscard]] std::string_view to_string(DiskImageKind kind) noexcept;  // "qcow2", "VHD", "VMDK"…

inline constexpr std::size_t kImageHeadBytes = 512;
inline constexpr std::size_t kVhdFooterBytes = 512;

// `head`: the file's first kImageHeadBytes, `tail`: its last kVhdFooterBytes; less of a small one.
//
// A VHD of fixed size is the disk, and a footer behind it: whatever ends in a sound footer for
// exactly the bytes before it is one, though it begins like any raw disk.
[[nodiscard]] DiskImageKind disk_image_kind(std::span<const std::byte> head,
                                            std::span<const std::byte> tail,
                                            std::uint64_t file_bytes) noexcept;
[[nodiscard]] Result<DiskImageKind> disk_image_kind(const File& file);

}  // namespace tintype
