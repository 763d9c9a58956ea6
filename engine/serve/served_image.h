// An image that is offered to other programs as a read-only disk: opened first, so that whatever is
// wrong with it is said at once, and put to work later, when the process has forked for the last
// time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/image/read/image_reader.h"
#include "engine/image/read/image_volume.h"
#include "engine/repository/repository.h"

namespace tintype {

struct ServedName {
  std::string name;  // what it is called by: one plain component
  ImageSource image;
  std::int64_t made_at = 0;                // when the backup was finished; seconds since 1970, UTC
  std::optional<std::uint32_t> partition;  // of it only this one
};
// All images of the selection, under their volumes' names; a bare image under its file's name. Of a
// partition: "NAME-p2".
[[nodiscard]] Result<std::vector<ServedName>> served_names(const ImageSelection& selection,
                                                           std::optional<std::uint32_t> partition);

class ServedImage {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ServedImage>> open(const ServedName& name);

  [[nodiscard]] const ServedName& name() const noexcept { return name_; }
  [[nodiscard]] const ImageReader& image() const noexcept { return image_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return range_.length; }
  // Starts the threads of its cache.
  void start(const ImageVolume::Options& options) { volume_.emplace(image_, options); }
  // As ImageVolume, by offsets of what is served. Hold: it was started.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;
  [[nodiscard]] ImageVolume::Stretch stretch_at(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t data_bytes() const;  // what is no run of zeros

 private:
  ServedImage(ServedName name, ImageReader image)
      : name_(std::move(name)), image_(std::move(image)) {}

  ServedName name_;
  ImageReader image_;
  Extent range_;  // of the volume
  std::optional<ImageVolume> volume_;
};

}  // namespace tintype
