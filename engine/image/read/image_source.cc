#include "engine/image/read/image_source.h"

#include <fmt/format.h>

#include "engine/image/read/image_reader.h"
#include "hashing/counted.h"

namespace tintype {
namespace {

ImageIdentity identity_of(const ImageReader& image) {
  return {.volume_name = image.epilogue().volume_name,
          .volume_bytes = image.geometry().volume_bytes,
          .image_bytes = image.file_bytes(),
          .chunk_bytes = image.geometry().chunk_bytes,
          .all_blocks = image.epilogue().all_blocks,
          .stock = image.geometry().stock,
          .content_digest = to_hex(image.content_digest())};
}

// The first thing that tells the two apart, the most telling one first.
std::string difference(const ImageIdentity& found, const ImageIdentity& expected) {
  if (found.volume_name != expected.volume_name)
    return fmt::format("here lies the image of volume \"{}\"", found.volume_name);
  const std::string other = fmt::format("here lies another image of volume {}", found.volume_name);
  if (found.content_digest != expected.content_digest)
    return fmt::format("{}, content digest {} instead of {}", other, found.content_digest,
                       expected.content_digest);
  if (found.volume_bytes != expected.volume_bytes)
    return fmt::format("{}, of {} bytes instead of {}", other, found.volume_bytes,
                       expected.volume_bytes);
  if (found.image_bytes != expected.image_bytes)
    return fmt::format("{}, {} long instead of {}", other, counted(found.image_bytes, "byte"),
                       expected.image_bytes);
  return fmt::format("{}, made in another way", other);
}

}  // namespace

Result<std::shared_ptr<const File>> open_image_file(const std::string& path) {
  TINTYPE_TRY(File file, File::open_source(path, Caching::direct_if_possible));
  if (const Geometry& medium = file.geometry();
      medium.direct && medium.sector_bytes > kImageAlignmentBytes) {
    TINTYPE_TRY(file, File::open_source(path, Caching::page_cache));
  }
  return std::make_shared<const File>(std::move(file));
}

Result<void> check_identity(const ImageReader& image, const ImageIdentity& expected) {
  const ImageIdentity found = identity_of(image);
  if (found == expected) return {};
  return plain_error(fmt::format("{} is not the image that its set's manifest tells of: {}",
                                 image.file().path(), difference(found, expected)),
                     "put the right image back, or use another backup set");
}

}  // namespace tintype
