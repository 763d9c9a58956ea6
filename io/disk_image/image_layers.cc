#include "io/disk_image/image_layers.h"

#include <fmt/format.h>

#include <algorithm>

#include "hashing/counted.h"
#include "hashing/endian.h"
#include "io/disk_image/chain/image_folders.h"
#include "io/disk_image/qcow2_header.h"
#include "io/disk_image/vmdk_descriptor.h"

namespace tintype {
namespace {

constexpr std::size_t kLayersMax = 64;

tl::unexpected<Error> cannot_read(const std::string& path, std::string_view why,
                                  std::string hint = {}) {
  return plain_error(fmt::format("cannot read {}: {}", path, why), std::move(hint));
}

// What a layer says of the one below it; no name: there is none.
struct Below {
  std::string name, format;
  std::string id;  // of a VMDK's parent, when the layer was made
};

Result<std::vector<std::byte>> read_part(const File& file, std::uint64_t offset,
                                         std::size_t bytes_max) {
  const std::uint64_t size_bytes = file.geometry().size_bytes;
  std::vector<std::byte> bytes(static_cast<std::size_t>(
      std::min<std::uint64_t>(bytes_max, size_bytes - std::min(offset, size_bytes))));
  TINTYPE_TRY(const std::size_t got, file.read_at(offset, bytes));
  bytes.resize(got);
  return bytes;
}

Result<Below> below_qcow2(const File& file, ImageLayer& layer, const ImageAccess& access) {
  TINTYPE_TRY(const auto bytes, read_part(file, 0, kQcow2HeaderBytesMax));
  auto header = parse_qcow2_header(bytes);
  if (!header)
    return cannot_read(file.path(), "as a qcow2 image it is damaged: " + header.error().what);
  if (header->encrypted)
    return cannot_read(file.path(), "it is encrypted",
                       "decrypt a copy of it: qemu-img convert with --object secret");
  if (header->external_data)
    return cannot_read(file.path(), "its data lies in another file",
                       "make an image in one piece of it: qemu-img convert -O qcow2");
  layer.not_closed = header->dirty;
  if (header->corrupt && access.remark)
    access.remark(
        fmt::format("{}: qemu marked it as corrupt when it was last written: what is read "
                    "of it may be wrong, though its tables are sound",
                    file.path()));
  return Below{std::move(header->backing_name), std::move(header->backing_format), {}};
}

// It is where it may be, and a flat one is as long as it has to be: qemu would see zeros behind its
// end.
Result<std::string> find_extent(const File& descriptor, const VmdkDescriptor::Extent& extent,
                                const ImageFolders& folders) {
  // qemu looks where the description says, and nowhere else.
  TINTYPE_TRY(const std::string path, folders.find_there(descriptor.path(), extent.name));
  if (!extent.is_flat()) return path;
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  const std::uint64_t sectors = file.geometry().size_bytes / 512;
  if (extent.offset > sectors || extent.sectors > sectors - extent.offset)
    return cannot_read(descriptor.path(),
                       fmt::format("{} is cut short: it has {}, and should have {}", path,
                                   counted(sectors, "sector"), extent.offset + extent.sectors),
                       "look for another copy of it");
  return path;
}

// What a layer asks of the one below it, a VMDK.
struct Wanted {
  std::string by, id;  // no id: nothing
};

Result<Below> below_vmdk(const File& file, ImageLayer& layer, const ImageFolders& folders,
                         const Wanted& wanted) {
  // Of a sparse extent's header: capacity, then begin and length of the text, in sectors.
  std::uint64_t offset = 0, length = file.geometry().size_bytes;
  if (layer.kind == DiskImageKind::vmdk) {
    TINTYPE_TRY(const auto header, read_part(file, 0, 512));
    if (header.size() < 512) return cannot_read(file.path(), "it is cut short");
    if (load_le<std::uint64_t>(header, 12) == 0)
      return cannot_read(file.path(), "a VMDK of a kind that is not supported: it has no capacity");
    offset = load_le<std::uint64_t>(header, 28);
    length = load_le<std::uint64_t>(header, 36);
    constexpr std::uint64_t kSectorsMax = kVmdkDescriptorBytesMax / 512;
    if (offset > file.geometry().size_bytes / 512 || length > kSectorsMax)
      return cannot_read(file.path(), "as a VMDK it is damaged: its description lies outside it");
    offset *= 512;
    length *= 512;
  }
  if (length > kVmdkDescriptorBytesMax)
    return cannot_read(file.path(), "as the description of a VMDK it is too long");
  TINTYPE_TRY(const auto bytes, read_part(file, offset, static_cast<std::size_t>(length)));
  const VmdkDescriptor descriptor =
      parse_vmdk_descriptor({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  // The description inside an extent names that extent, perhaps by the name it had elsewhere.
  if (layer.kind == DiskImageKind::vmdk_descriptor)
    for (const VmdkDescriptor::Extent& extent : descriptor.extents) {
      TINTYPE_TRY(std::string path, find_extent(file, extent, folders));
      layer.extents.push_back(std::move(path));
    }
  if (!wanted.id.empty() && descriptor.id != wanted.id)
    return cannot_read(wanted.by,
                       fmt::format("it is based on {}, which was written to since (its CID is "
                                   "\"{}\" and should be \"{}\")",
                                   file.path(), descriptor.id, wanted.id),
                       "look for that file as it was; together the two are no disk that ever was");
  return Below{descriptor.parent, descriptor.parent.empty() ? "" : "vmdk", descriptor.parent_id};
}

Result<DiskImageKind> kind_below(const std::string& above, const File& file,
                                 const std::string& format) {
  TINTYPE_TRY(const DiskImageKind kind, disk_image_kind(file));
  if (format == "raw") return DiskImageKind::none;
  if (kind == DiskImageKind::vhd || kind == DiskImageKind::vhdx)
    return cannot_read(above, fmt::format("it is based on {}, a {}", file.path(), to_string(kind)),
                       "make an image in one piece of it: qemu-img convert -O qcow2");
  const bool fits =
      format.empty() || (format == "qcow2" && kind == DiskImageKind::qcow2) ||
      (format == "vmdk" && (kind == DiskImageKind::vmdk || kind == DiskImageKind::vmdk_descriptor));
  if (!fits)
    return cannot_read(above, fmt::format("it is based on {}, which should be {} and is {}",
                                          file.path(), format, to_string(kind)));
  return kind;
}

}  // namespace

Result<std::vector<ImageLayer>> find_image_layers(const std::string& path, DiskImageKind kind,
                                                  const ImageAccess& access) {
  TINTYPE_TRY(const ImageFolders folders, ImageFolders::of(path, access.allowed_folders));
  std::vector<ImageLayer> layers{{.path = path, .kind = kind}};
  std::vector<File> files;  // open, so that their identities stay theirs
  TINTYPE_TRY(File first, File::open_source(path, Caching::page_cache));
  files.push_back(std::move(first));
  Below below;
  for (;;) {
    ImageLayer& layer = layers.back();
    const Wanted wanted{layers.size() > 1 ? layers[layers.size() - 2].path : "", below.id};
    below = {};
    if (layer.kind == DiskImageKind::qcow2) {
      TINTYPE_TRY(below, below_qcow2(files.back(), layer, access));
    } else if (layer.kind == DiskImageKind::vmdk || layer.kind == DiskImageKind::vmdk_descriptor) {
      TINTYPE_TRY(below, below_vmdk(files.back(), layer, folders, wanted));
    }
    if (below.name.empty()) return layers;
    TINTYPE_TRY(std::string found, folders.find(layer.path, below.name));
    TINTYPE_TRY(File file, File::open_source(found, Caching::page_cache));
    if (std::ranges::any_of(files, [&](const File& one) { return one.is_same_file_as(file); }))
      return cannot_read(path, fmt::format("{} is based on itself", found));
    if (layers.size() == kLayersMax)
      return cannot_read(path,
                         fmt::format("more than {} images are based on one another", kLayersMax));
    TINTYPE_TRY(const DiskImageKind found_kind, kind_below(layer.path, file, below.format));
    layers.push_back({.path = std::move(found), .kind = found_kind});
    files.push_back(std::move(file));
  }
}

}  // namespace tintype
