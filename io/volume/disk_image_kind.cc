#include "io/volume/disk_image_kind.h"

#include <array>

#include "hashing/endian.h"
#include "io/volume/vhd_format.h"

namespace tintype {
namespace {

bool begins_with(std::span<const std::byte> bytes, std::string_view magic) noexcept {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool is_fixed_vhd(std::span<const std::byte> tail, std::uint64_t file_bytes) noexcept {
  if (tail.size() < sizeof(VhdFooter) || file_bytes < sizeof(VhdFooter)) return false;
  VhdFooter footer;
  std::memcpy(&footer, tail.last(sizeof footer).data(), sizeof footer);
  return is_sound(footer) && footer.type == kVhdFixed &&
         footer.current_bytes == file_bytes - sizeof footer;
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
  if (begins_with(head, "QFI\xfb")) return DiskImageKind::qcow2;
  if (begins_with(head, "vhdxfile")) return DiskImageKind::vhdx;
  if (begins_with(head, kVhdCookie)) return DiskImageKind::vhd;
  if (begins_with(head, "KDMV")) return DiskImageKind::vmdk;
  if (begins_with(head, "# Disk DescriptorFile")) return DiskImageKind::vmdk_descriptor;
  return is_fixed_vhd(tail, file_bytes) ? DiskImageKind::vhd : DiskImageKind::none;
}

Result<DiskImageKind> disk_image_kind(const File& file) {
  const std::uint64_t file_bytes = file.geometry().size_bytes;
  std::array<std::byte, kImageHeadBytes> head{};
  std::array<std::byte, kVhdFooterBytes> tail{};
  TINTYPE_TRY(const std::size_t got, file.read_at(0, head));
  std::size_t behind = 0;
  if (file_bytes >= tail.size()) {
    TINTYPE_TRY(behind, file.read_at(file_bytes - tail.size(), tail));
  }
  return disk_image_kind(std::span(head).first(got), std::span(tail).first(behind), file_bytes);
}

}  // namespace tintype
