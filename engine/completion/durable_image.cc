#include "engine/completion/durable_image.h"

#include <fmt/format.h>

#include "engine/image/image_reader.h"

namespace tintype {

Result<DurableImage> DurableImage::commit(DurableFile& image, std::string volume,
                                          std::string read_back) {
  TINTYPE_CHECK(image.commit());
  return DurableImage(std::move(volume), std::move(read_back));
}

Result<DurableImage> DurableImage::find(const std::string& set_path, const VolumeManifest& volume) {
  const std::string path = set_path + "/" + volume.image;
  TINTYPE_TRY(const ImageReader image, ImageReader::open(path));
  if (image.file_bytes() != volume.image_bytes)
    return plain_error(fmt::format("{} has {} bytes, its manifest says {}", path,
                                   image.file_bytes(), volume.image_bytes));
  if (to_hex(image.content_digest()) != volume.content_digest)
    return plain_error(fmt::format("{} is not the image its manifest tells of", path));
  return DurableImage(volume.name, volume.read_back);
}

}  // namespace tintype
