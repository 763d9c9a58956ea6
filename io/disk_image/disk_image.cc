#include "io/disk_image/disk_image.h"

#include <fmt/format.h>

#include "io/disk_image/foreign_image.h"
#include "io/disk_image/image_server.h"
#include "io/disk_image/vhd/vhd_volume.h"
#include "io/disk_image/vhd/vhdx_volume.h"

namespace tintype {

namespace {

Result<DiskImageKind> kind_of(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  if (file.geometry().block_device) return DiskImageKind::none;
  TINTYPE_TRY(const ImageEnds ends, read_image_ends(file));
  if (const ForeignImage* foreign = foreign_image(ends.head, ends.tail))
    return plain_error(fmt::format("cannot read {}: it is {}", path, foreign->name),
                       std::string(foreign->hint));
  return disk_image_kind(ends.head, ends.tail, file.geometry().size_bytes);
}

}  // namespace

Result<std::unique_ptr<Volume>> open_disk_image(const std::string& path,
                                                const ImageAccess& access) {
  TINTYPE_TRY(const DiskImageKind kind, kind_of(path));
  if (kind == DiskImageKind::none) return nullptr;
  if (kind == DiskImageKind::vhd) return open_vhd_volume(path, access);
  if (kind == DiskImageKind::vhdx) return open_vhdx_volume(path, access);
  TINTYPE_TRY(const auto layers, find_image_layers(path, kind, access));
  return serve_disk_image(layers, access.stop);
}

Result<std::vector<std::string>> disk_image_files(const std::string& path,
                                                  const ImageAccess& access) {
  TINTYPE_TRY(const DiskImageKind kind, kind_of(path));
  if (kind == DiskImageKind::vhd) return vhd_files(path, access);
  if (kind == DiskImageKind::vhdx) return vhdx_files(path, access);
  std::vector<std::string> files;
  if (kind == DiskImageKind::none) return files;
  TINTYPE_TRY(const auto layers,
              find_image_layers(path, kind, {.allowed_folders = access.allowed_folders}));
  for (const ImageLayer& layer : layers) {
    files.push_back(layer.path);
    files.insert(files.end(), layer.extents.begin(), layer.extents.end());
  }
  return files;
}

}  // namespace tintype
