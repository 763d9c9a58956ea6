// An image as a volume: random reads of the volume it holds, one chunk unpacked at a time.
#pragma once

#include <memory>
#include <mutex>

#include "engine/image/image_reader.h"
#include "io/aligned_buffer.h"
#include "io/volume/volume.h"

namespace tintype {

class ImageVolume final : public Volume {
 public:
  // `image` outlives the volume.
  explicit ImageVolume(const ImageReader& image);

  [[nodiscard]] const std::string& name() const noexcept override { return image_.file().path(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override;
  [[nodiscard]] std::uint32_t sector_bytes() const noexcept override;
  // An image's bytes lie packed in it: there is nothing to map. Calls nothing; read() is the way.
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override;
  // A chunk that is damaged is an error, never wrong bytes. Keeps the last chunk unpacked.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override;
  [[nodiscard]] Result<ExtentList> data_extents() const override;

 private:
  [[nodiscard]] Result<void> load(std::size_t record) const;

  const ImageReader& image_;
  mutable std::mutex mutex_;
  mutable std::size_t loaded_;  // record whose plain bytes are in plain_; none: records().size()
  mutable AlignedBuffer stored_;
  mutable AlignedBuffer plain_;
};

}  // namespace tintype
