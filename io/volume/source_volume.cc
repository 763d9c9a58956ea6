#include "io/volume/source_volume.h"

#include "io/volume/disk_image.h"
#include "io/volume/nbd_volume.h"
#include "io/volume/raw_volume.h"

namespace tintype {

Result<std::unique_ptr<Volume>> open_source_volume(const std::string& path) {
  if (is_nbd_uri(path)) return open_nbd_volume(path);
  TINTYPE_TRY(auto image, open_disk_image(path));
  if (image != nullptr) return image;
  return open_raw_volume(path);
}

Result<std::vector<std::string>> source_files(const std::string& path) {
  if (is_nbd_uri(path)) return std::vector<std::string>();
  TINTYPE_TRY(std::vector<std::string> files, disk_image_files(path));
  if (files.empty()) files.push_back(path);
  return files;
}

}  // namespace tintype
