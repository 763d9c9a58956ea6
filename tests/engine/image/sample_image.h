// Builds images in memory, as a pipeline would build them on disk, and checks on the way what the
// layout promises about its regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "engine/image/image_layout.h"

namespace tintype::test {

using Bytes = std::vector<std::byte>;

// What a chunk looks like to LZ4.
enum class Texture : std::uint8_t { zeros, text, noise };
[[nodiscard]] Bytes textured(std::size_t size, Texture texture, std::uint64_t seed);

class ImageBuilder {
 public:
  explicit ImageBuilder(const ImageGeometry& geometry) : layout_(geometry), geometry_(geometry) {}

  // Compresses if that gains, or stores plain if `compress` is false.
  void add_chunk(const Bytes& plain, bool compress = true, std::uint32_t flags = 0);
  void add_run(std::uint64_t length, std::uint32_t flags = 0);
  void finish(ImageEpilogue epilogue, std::size_t piece_bytes = 64 << 10);

  [[nodiscard]] const Bytes& image() const { return image_; }    // the file
  [[nodiscard]] const Bytes& volume() const { return volume_; }  // what was put in
  [[nodiscard]] const ImageLayout& layout() const { return layout_; }

 private:
  void append(const ImageLayout::Region& region);

  ImageLayout layout_;
  ImageGeometry geometry_;
  Bytes image_;
  Bytes volume_;
};

// A volume of random chunks and runs (chunks only if `stock`), from a seed. At most `records`.
struct RandomShape {
  std::uint32_t chunk_bytes = 64 << 10;
  bool stock = false;
  std::size_t records = 12;
  bool compress = true;
};
[[nodiscard]] ImageBuilder random_image(std::uint64_t seed, const RandomShape& shape);

// Small (under 40 KiB) and with everything in it: runs, compressed and plain chunks, a short last
// chunk, extents, a report. The same bytes on every machine.
[[nodiscard]] ImageBuilder small_image(bool stock = false);

[[nodiscard]] ImageEpilogue sample_epilogue(std::uint64_t volume_bytes);

}  // namespace tintype::test
