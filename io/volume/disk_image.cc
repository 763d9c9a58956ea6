#include "io/volume/disk_image.h"

#include "io/volume/image_server.h"
#include "io/volume/vhd_volume.h"

namespace tintype {

Result<std::unique_ptr<Volume>> open_disk_image(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  if (file.geometry().block_device) return nullptr;
  TINTYPE_TRY(const DiskImageKind kind, disk_image_kind(file));
  if (kind == DiskImageKind::none) return nullptr;
  if (kind == DiskImageKind::vhd) return open_vhd_volume(path);
  TINTYPE_TRY(const auto layers, find_image_layers(path, kind));
  return serve_disk_image(layers);
}

}  // namespace tintype
