#include "io/volume/disk_image.h"

#include "io/volume/image_server.h"
#include "io/volume/vhd_volume.h"

namespace tintype {

namespace {

Result<DiskImageKind> kind_of(const std::string& path) {
  TINTYPE_TRY(const File file, File::open_source(path, Caching::page_cache));
  if (file.geometry().block_device) return DiskImageKind::none;
  return disk_image_kind(file);
}

}  // namespace

Result<std::unique_ptr<Volume>> open_disk_image(const std::string& path,
                                                const std::atomic<bool>* stop) {
  TINTYPE_TRY(const DiskImageKind kind, kind_of(path));
  if (kind == DiskImageKind::none) return nullptr;
  if (kind == DiskImageKind::vhd) return open_vhd_volume(path);
  TINTYPE_TRY(const auto layers, find_image_layers(path, kind));
  return serve_disk_image(layers, stop);
}

Result<std::vector<std::string>> disk_image_files(const std::string& path) {
  TINTYPE_TRY(const DiskImageKind kind, kind_of(path));
  if (kind == DiskImageKind::vhd) return vhd_files(path);
  std::vector<std::string> files;
  if (kind == DiskImageKind::none) return files;
  TINTYPE_TRY(const auto layers, find_image_layers(path, kind));
  for (const ImageLayer& layer : layers) {
    files.push_back(layer.path);
    files.insert(files.end(), layer.extents.begin(), layer.extents.end());
  }
  return files;
}

}  // namespace tintype
