// Where an image lies, how its chunks are come by and, if it is part of a backup set, what the
// set's manifest says it must be. Only what carries an identity is proven to be the image that was
// asked for: whoever opens a set's image takes the source from the set (select_images.cc), never a
// bare path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/file/file.h"
#include "io/folder/folder_tree.h"
#include "io/result.h"

namespace tintype {

class ChunkSealer;
class ChunkSource;
class ImageReader;

// All that manifest and image both tell.
struct ImageIdentity {
  std::string volume_name;
  std::uint64_t volume_bytes = 0, image_bytes = 0;
  std::uint32_t chunk_bytes = 0;
  bool all_blocks = false, stock = false;
  std::string content_digest;  // 32 hexadecimal digits
  bool operator==(const ImageIdentity&) const = default;
};

struct ImageSource {
  ImageSource() = default;
  // An image by itself: nobody says what it must be.
  ImageSource(std::string where) : path(std::move(where)) {}
  ImageSource(const char* where) : path(where) {}
  ImageSource(std::string where, ImageIdentity what)
      : path(std::move(where)), identity(std::move(what)) {}

  std::string path;
  std::optional<ImageIdentity> identity;
  // How its file is opened, and what its medium says of what lies there now: of the same one before
  // it was opened and afterwards, it is what was opened. None: a file of this machine, by the path.
  std::function<Result<std::shared_ptr<const File>>()> open;
  std::function<Result<FileStamp>()> stamp;
  // Where the chunks of the open image lie. None: all of them in its own file.
  std::function<Result<std::shared_ptr<const ChunkSource>>(const ImageReader&)> chunks;
  std::shared_ptr<const ChunkSealer> sealer;  // what opens its chunks; null: they have no seal
};

// An image's file of this machine. Direct I/O where possible; payloads stand at multiples of 4 KiB,
// and a medium that wants more is read through the page cache.
[[nodiscard]] Result<std::shared_ptr<const File>> open_image_file(const std::string& path);

// Whether an open image is what it must be. The error names what lies there instead.
[[nodiscard]] Result<void> check_identity(const ImageReader& image, const ImageIdentity& expected);

}  // namespace tintype
