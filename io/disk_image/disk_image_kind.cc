#include "io/disk_image/disk_image_kind.h"

#include <algorithm>

#include "hashing/endian.h"
#include "io/disk_image/vhd/vhd_format.h"

namespace tintype {
namespace {

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) noexcept {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool is_fixed_vhd(std::span<const std::byte> tail, std::uint64_t file_bytes) noexcept {
  const VhdFooter footer = vhd_footer_of(tail);
  return is_sound(footer) && footer.type == kVhdFixed &&
         footer.current_bytes + vhd_footer_bytes(tail) == file_bytes;
}

}  // namespace

std::string_view to_string(DiskImageKind kind) noexcept {
  switch (kind) {
    case DiskImageKind::none:
      return "raw";
    case DiskImageKind::qcow2:
      return "qcow2";
    case DiskImageKind::vhd:
      return "VHD";
    case DiskImageKind::vhdx:
      return "VHDX";
    case DiskImageKind::vmdk:
    case DiskImageKind::vmdk_descriptor:
      return "VMDK";
  }
  return "";
}

DiskImageKind disk_image_kind(std::span<const std::byte> head, std::span<const std::byte> tail,
                              std::uint64_t file_bytes) noexcept {
  // Version 1 is another format (foreign_image.h).
  if (begins_with(head, "QFI\xfb") && !begins_with(head, std::string_view("QFI\xfb\0\0\0\1", 8)))
    return DiskImageKind::qcow2;
  if (begins_with(head, "vhdxfile")) return DiskImageKind::vhdx;
  if (begins_with(head, kVhdCookie)) return DiskImageKind::vhd;
  if (begins_with(head, "KDMV")) return DiskImageKind::vmdk;
  if (begins_with(head, "# Disk DescriptorFile")) return DiskImageKind::vmdk_descriptor;
  return is_fixed_vhd(tail, file_bytes) ? DiskImageKind::vhd : DiskImageKind::none;
}

Result<DiskImageKind> disk_image_kind(const File& file) {
  TINTYPE_TRY(const ImageEnds ends, read_image_ends(file));
  return disk_image_kind(ends.head, ends.tail, file.geometry().size_bytes);
}

Result<ImageEnds> read_image_ends(const File& file) {
  const std::uint64_t file_bytes = file.geometry().size_bytes;
  const auto bytes = std::min<std::uint64_t>(file_bytes, kImageEndBytes);
  ImageEnds ends{std::vector<std::byte>(bytes), std::vector<std::byte>(bytes)};
  TINTYPE_TRY(const std::size_t head, file.read_at(0, ends.head));
  ends.head.resize(head);
  TINTYPE_TRY(const std::size_t tail, file.read_at(file_bytes - bytes, ends.tail));
  ends.tail.resize(tail);
  return ends;
}

}  // namespace tintype
