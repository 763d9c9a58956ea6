// What VHD and VHDX have in common: an image is one file that says where the disk's sectors lie in
// it, and perhaps which other disk has the others. From such files to a volume.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/disk_image/chain/image_access.h"
#include "io/volume/patch_list.h"

namespace tintype {

// One file of a chain, its headers checked.
class ChainedImage {
 public:
  using Identity = std::array<std::uint8_t, 16>;

  virtual ~ChainedImage() = default;
  [[nodiscard]] virtual const File& file() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t disk_bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t sector_bytes() const noexcept = 0;
  [[nodiscard]] virtual Identity identity() const noexcept = 0;

  // Another disk has what this one has not.
  [[nodiscard]] virtual bool has_parent() const noexcept = 0;
  [[nodiscard]] virtual bool takes_for_parent(const Identity& identity) const noexcept = 0;
  // By what names it knows its parent, the likeliest first; with "/".
  [[nodiscard]] virtual std::vector<std::string> parent_names() const = 0;

  // Where this file has the disk's bytes; what is its parent's is left out. `file` is the number of
  // its file in `files`, to which others may be added. Everything inside the files and the disk.
  [[nodiscard]] virtual Result<PatchList> patches(std::uint32_t file,
                                                  std::vector<File>& files) const = 0;
  // What the user should hear of it, though it can be read.
  [[nodiscard]] virtual std::vector<std::string> remarks() const { return {}; }
};

using OpenChained = std::function<Result<std::unique_ptr<ChainedImage>>(const std::string& path)>;

// A disk in more pieces than this (1 GiB of memory) is no real one.
inline constexpr std::size_t kImagePiecesMax = std::size_t{32} << 20;

// The image at `path`, and what it is based on; a parent is looked for as `access` says and must be
// the one that its child names. Errors: those of `open`, a parent that is missing, another one, or
// elsewhere; a circle.
[[nodiscard]] Result<std::unique_ptr<Volume>> open_chained_volume(const std::string& path,
                                                                  const OpenChained& open,
                                                                  const ImageAccess& access);
// Its own file, its parent's, and so on.
[[nodiscard]] Result<std::vector<std::string>> chained_files(const std::string& path,
                                                             const OpenChained& open,
                                                             const ImageAccess& access);

}  // namespace tintype
