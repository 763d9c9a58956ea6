#include "io/disk_image/foreign_image.h"

#include <bit>

#include "hashing/endian.h"

namespace tintype {
namespace {

using Bytes = std::span<const std::byte>;

bool has(Bytes bytes, std::size_t at, std::string_view mark) noexcept {
  return at <= bytes.size() && bytes.size() - at >= mark.size() &&
         std::memcmp(bytes.data() + at, mark.data(), mark.size()) == 0;
}

// Four letters alone could be the first of a program or of anybody's data: its sizes have to make
// sense as well.
bool is_qed(Bytes head) noexcept {
  if (!has(head, 0, std::string_view("QED\0", 4)) || head.size() < 64) return false;
  const auto number = [&](std::size_t at) {
    Le<std::uint32_t> value;
    std::memcpy(&value, head.data() + at, sizeof value);
    return value.value();
  };
  const std::uint32_t cluster_bytes = number(4), table_clusters = number(8);
  return std::has_single_bit(cluster_bytes) && cluster_bytes >= 4096 &&
         cluster_bytes <= (64u << 20) && std::has_single_bit(table_clusters) &&
         table_clusters <= 16;
}

struct Mark {
  bool (*is_it)(Bytes head, Bytes tail) noexcept;
  ForeignImage image;
};

constexpr std::string_view kInsideVmdk = "name the disk's .vmdk text file, which names this one";

constexpr Mark kMarks[] = {
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, "<<< ") && has(head, 64, "\x7f\x10\xda\xbe");
     },
     {"a VirtualBox disk (VDI)", "make a qcow2 of it: qemu-img convert -f vdi -O qcow2 FILE NEW"}},
    {[](Bytes head, Bytes) noexcept { return is_qed(head); },
     {"a QEMU disk of the QED format",
      "make a qcow2 of it: qemu-img convert -f qed -O qcow2 FILE NEW"}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, std::string_view("QFI\xfb\0\0\0\1", 8));
     },
     {"a QEMU disk of the old qcow format (version 1)",
      "make a qcow2 of it: qemu-img convert -f qcow -O qcow2 FILE NEW"}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, "WithoutFreeSpace") || has(head, 0, "WithouFreSpacExt");
     },
     {"a Parallels disk (HDS)",
      "if it has no snapshots, make a qcow2 of it: qemu-img convert -f parallels -O qcow2 FILE "
      "NEW"}},
    {[](Bytes head, Bytes) noexcept { return has(head, 0, "COWD"); },
     {"a part of a VMware disk", kInsideVmdk}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, std::string_view("\xbe\xba\xfe\xca\0\0\0\0", 8));
     },
     {"a part of a VMware disk (SESPARSE)", kInsideVmdk}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, std::string_view("Bochs Virtual HD Image\0", 23));
     },
     {"a Bochs disk", "make a qcow2 of it: qemu-img convert -f bochs -O qcow2 FILE NEW"}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, std::string_view("EVF\x09\x0d\x0a\xff\0", 8)) ||
              has(head, 0, std::string_view("EVF2\x0d\x0a\x81\0", 8));
     },
     {"an EnCase image (EWF, E01)",
      "ewfmount FILE DIR (apt-get install ewf-tools) shows it as a raw file, DIR/ewf1"}},
    {[](Bytes head, Bytes) noexcept {
       return has(head, 0, std::string_view("LVF\x09\x0d\x0a\xff\0", 8)) ||
              has(head, 0, std::string_view("LEF2\x0d\x0a\x81\0", 8));
     },
     {"an EnCase image of files (L01)", "it holds files and no disk"}},
    {[](Bytes head, Bytes) noexcept { return has(head, 0, std::string_view("AFF10\r\n\0", 8)); },
     {"an image of the Advanced Forensics Format (AFF)",
      "affuse FILE DIR (apt-get install afflib-tools) shows it as a raw file"}},
    {[](Bytes head, Bytes) noexcept { return has(head, 0, std::string_view("MSWIM\0\0\0", 8)); },
     {"a Windows image of files (WIM)", "it holds files and no disk: wimapply unpacks it"}},
    {[](Bytes head, Bytes) noexcept { return has(head, 0, std::string_view("VMA\0\0\0\0\1", 8)); },
     {"a Proxmox backup (VMA)", "vma extract FILE DIR unpacks its disks"}},
    // Its version and its own size.
    {[](Bytes, Bytes tail) noexcept {
       return tail.size() == 512 && has(tail, 0, std::string_view("koly\0\0\0\4\0\0\2\0", 12));
     },
     {"an Apple disk image (DMG)", "make a raw one of it: dmg2img FILE NEW"}},
};

}  // namespace

const ForeignImage* foreign_image(Bytes head, Bytes tail) noexcept {
  for (const Mark& mark : kMarks)
    if (mark.is_it(head, tail)) return &mark.image;
  return nullptr;
}

}  // namespace tintype
