// An image as a volume: random reads of the volume it holds, by any number of threads, through a
// cache of unpacked chunks.
#pragma once

#include "engine/image/read/chunk_cache.h"
#include "engine/image/read/image_reader.h"
#include "io/volume/volume.h"

namespace tintype {

// Enough for the readers of a file system's metadata.
inline constexpr std::uint64_t kMetadataCacheBytes = std::uint64_t{16} << 20;

class ImageVolume final : public Volume {
 public:
  // What the backup could not read from its volume is zeros in the image. `error`: whoever reads it
  // here is told so, as whoever reads the volume is.
  enum class Unreadable : std::uint8_t { zeros, error };
  struct Options {
    std::uint64_t cache_bytes = kChunkCacheBytesDefault;
    Unreadable unreadable = Unreadable::zeros;
  };
  // `image` outlives the volume. Starts threads: in a program that forks, after that.
  ImageVolume(const ImageReader& image, const Options& options);

  [[nodiscard]] const std::string& name() const noexcept override { return image_.file().path(); }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept override;
  [[nodiscard]] std::uint32_t sector_bytes() const noexcept override;
  // An image's bytes lie packed in it: there is nothing to map. Calls nothing; read() is the way.
  void map(Extent range, const std::function<void(const Piece&)>& piece) const override;
  // A chunk that is damaged is an error (std::errc::bad_message), one that cannot be read too
  // (std::errc::io_error), never wrong bytes; `bytes` may then be filled in part.
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const override;
  // Everything but the runs of zeros, and what reads as an error is no run of zeros.
  [[nodiscard]] Result<ExtentList> data_extents() const override { return data_; }

  // From `offset` (inside the volume) on: how far it is data, or zeros that need no reading.
  struct Stretch {
    std::uint64_t length = 0;
    bool data = false;
  };
  [[nodiscard]] Stretch stretch_at(std::uint64_t offset) const noexcept;

  [[nodiscard]] const ChunkCache& cache() const noexcept { return cache_; }

 private:
  const ImageReader& image_;
  const ExtentList unreadable_;  // what is an error; none if it is zeros
  const ExtentList data_;
  mutable ChunkCache cache_;
};

}  // namespace tintype
