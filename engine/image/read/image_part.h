// What of an image a restore or a comparison is about: the whole volume, or a range of it, which is
// one partition of a disk. Offsets of the target count from the start of the part.
#pragma once

#include <optional>

#include "engine/image/read/image_reader.h"

namespace tintype {

class ImagePart {
 public:
  explicit ImagePart(const ImageReader& image)
      : ImagePart(image, {0, image.geometry().volume_bytes}) {}
  // `range` lies inside the volume. The image outlives the part.
  ImagePart(const ImageReader& image, Extent range) : image_(&image), range_(range) {}
  // A partition by its number, or all of it.
  [[nodiscard]] static Result<ImagePart> find(const ImageReader& image,
                                              std::optional<std::uint32_t> partition);

  [[nodiscard]] const ImageReader& image() const noexcept { return *image_; }
  [[nodiscard]] const Extent& range() const noexcept { return range_; }

  // Where the bytes of a record go, by offsets of the target; of length 0 if it has none here.
  [[nodiscard]] Extent target_of(const ImageRecord& record) const noexcept;
  // How many of the record's bytes come before them.
  [[nodiscard]] std::uint64_t skipped_in(const ImageRecord& record) const noexcept {
    return record.volume_offset < range_.offset ? range_.offset - record.volume_offset : 0;
  }
  // Of the bytes that target_of() tells, not of the whole chunk. A chunk that is cut by the part's
  // borders, and there are two at most, is read for it: an error is the image's.
  [[nodiscard]] Result<Digest128> digest_of(const ImageRecord& record) const;

  [[nodiscard]] ExtentList data() const;   // where chunks go
  [[nodiscard]] ExtentList zeros() const;  // where runs of zeros go
  // Ranges of the volume, cut to the part and counted from its start.
  [[nodiscard]] ExtentList moved(const ExtentList& of_volume) const;
  // What is to be read of the image for the chunks of the part, or for those of them that `only`
  // tells by record: a chunk is read whole, however little of it lies in the part.
  [[nodiscard]] std::uint64_t stored_bytes(const std::vector<bool>* only) const noexcept;
  // A power of two that the begin of every record is a multiple of, in the target as in its
  // buffer: at most 1 MiB, at least 1.
  [[nodiscard]] std::uint64_t alignment() const noexcept;

 private:
  [[nodiscard]] ExtentList targets(bool runs) const;

  const ImageReader* image_;
  Extent range_;
};

}  // namespace tintype
