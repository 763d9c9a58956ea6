// Proof that a volume's image stands whole under its final name: synced, renamed, directory synced.
// There are two ways to get one: to commit the file, or to find it in a finished set, true to what
// the set's manifest says of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/repository/manifest.h"
#include "io/durable_file.h"

namespace tintype {

class DurableImage {
 public:
  // Commits `image`. `read_back` says from where it was read back and found equal: "direct",
  // "page cache", or "none".
  [[nodiscard]] static Result<DurableImage> commit(DurableFile& image, std::string volume,
                                                   std::string read_back);
  // `set_path` is the folder of a finished set. Size, structure and digest of the image's index
  // must be those of the manifest; the chunks are not read again.
  [[nodiscard]] static Result<DurableImage> find(const std::string& set_path,
                                                 const VolumeManifest& volume);

  [[nodiscard]] const std::string& volume() const noexcept { return volume_; }
  [[nodiscard]] const std::string& read_back() const noexcept { return read_back_; }
  [[nodiscard]] bool was_read_back() const noexcept {
    return read_back_ == "direct" || read_back_ == "page cache";
  }

 private:
  DurableImage(std::string volume, std::string read_back)
      : volume_(std::move(volume)), read_back_(std::move(read_back)) {}
  std::string volume_, read_back_;
};

}  // namespace tintype
